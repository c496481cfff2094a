//! Statements that ask nothing, to be run one after the other at the end of a transaction.

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, Database, Encode, Type, query::Query};

/// A value for a `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Int(i64),
    Bytes(Cow<'a, [u8]>),
    Null,
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        text.as_bytes().into()
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl<'a> From<Option<&'a [u8]>> for Value<'a> {
    fn from(bytes: Option<&'a [u8]>) -> Self {
        bytes.map_or(Self::Null, Self::from)
    }
}

/// Statements, each with its values.
#[derive(Debug, Default)]
pub(super) struct Script<'a> {
    statements: Vec<(String, Vec<Value<'a>>)>,
}

impl<'a> Script<'a> {
    /// Adds a statement.
    pub fn add(&mut self, sql: impl Into<String>, values: impl IntoIterator<Item = Value<'a>>) {
        self.statements.push((sql.into(), values.into_iter().collect()));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// All as one text, between `first` and `last`; SQLite takes the values across statements.
    pub fn joined(self, first: &str, last: &str) -> (AssertSqlSafe<String>, Vec<Value<'a>>) {
        let mut text = first.to_owned();
        let mut all = Vec::with_capacity(self.statements.iter().map(|(_, values)| values.len()).sum());
        for (sql, values) in self.statements {
            text += &sql;
            text += "; ";
            all.extend(values);
        }
        (AssertSqlSafe(text + last), all)
    }

    /// One after the other.
    pub fn singly(self) -> impl Iterator<Item = (AssertSqlSafe<String>, Vec<Value<'a>>)> {
        self.statements.into_iter().map(|(sql, values)| (AssertSqlSafe(sql), values))
    }
}

/// Binds the values in their order.
pub(super) fn bind<'a, DB: Database>(
    query: Query<'a, DB, DB::Arguments>,
    values: Vec<Value<'a>>,
) -> Query<'a, DB, DB::Arguments>
where
    i64: Encode<'a, DB> + Type<DB>,
    Option<i64>: Encode<'a, DB> + Type<DB>,
    &'a [u8]: Encode<'a, DB> + Type<DB>,
    Vec<u8>: Encode<'a, DB> + Type<DB>,
{
    values.into_iter().fold(query, |query, value| match value {
        Value::Int(number) => query.bind(number),
        Value::Bytes(Cow::Borrowed(bytes)) => query.bind(bytes),
        Value::Bytes(Cow::Owned(bytes)) => query.bind(bytes),
        Value::Null => query.bind(None::<i64>),
    })
}
