//! The wire described, for OpenAPI and AsyncAPI (feature `openapi`). Bodies and frames derive their schemas where they stand;
//! this adds what their types do not say. A name means one thing wherever it stands, so one table tells what a field called so
//! holds, with the limits that the code checks.

use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, Type},
    },
};

use crate::{
    frame::{Seq, WelcomeLimits},
    limits::{
        FRAME_ID_MAX_BYTES, IDEMPOTENCY_KEY_MAX_BYTES, INBOX_LIMIT_DEFAULT, INBOX_WAIT_MAX_S, ITEM_NAME_MAX_CHARS,
        KEY_OVERLAP_MAX_S, KEYS_MAX_BYTES, NAME_MAX_BYTES, PAGE_LIMIT_MAX, SEQ_MAX, TO_MAX, TTL_DEFAULT_S,
    },
    time::Timestamp,
};

/// What [`crate::name::is_deceptive`] refuses, as the inside of a character class.
const DECEPTIVE: &str = r"\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb";

/// The word that a field of that name holds, if its type is the word's; `Type.field` goes before `field`. An empty word leaves it
/// as it is.
const FIELDS: &[(&str, &str)] = &[
    ("Hello.token", "Jwt"),
    ("Refresh.token", "Jwt"),
    ("LoginAnswer.token", "Jwt"),
    ("token", "Token"),
    // A frame is well formed with any text here; whether it is a key is another question.
    ("Hello.api_key", ""),
    ("api_key", "ApiKey"),
    ("seq", "Seq"),
    ("acked", "Seq"),
    ("head", "Seq"),
    ("from", "AgentName"),
    ("from", "Seq"),
    ("PublishBody.to", "Recipients"),
    ("Publish.to", "Recipients"),
    ("StatusAnswer.to", ""),
    ("to", "Addresses"),
    ("to", "Seq"),
    ("stream", "Address"),
    ("SessionAnswer.address", ""),
    ("agent", "AgentName"),
    ("owner", "AgentName"),
    ("taken_by", "AgentName"),
    ("NewAgentBody.name", "AgentName"),
    ("ApiKeyAnswer.name", "AgentName"),
    ("AgentAnswer.name", "AgentName"),
    ("AdminAgentAnswer.name", "AgentName"),
    ("ChannelBody.name", "Channel"),
    ("ChannelAnswer.name", "ChannelName"),
    ("AdminChannelAnswer.name", "ChannelName"),
    ("Channel.channel", "Channel"),
    // Parameters, by where they stand.
    ("secure/agents.name", "AgentOrMe"),
    ("secure/channels.name", "Channel"),
    ("admin/agents.name", "AgentName"),
    ("admin/channels.name", "Channel"),
    ("admin/agents.sort", "Sort"),
    ("admin/history.last", "Samples"),
    ("admin/items.before", "ItemId"),
    ("admin/items.item", ""),
    ("admin/sessions.session", "SessionId"),
    ("admin/sessions.after", "SessionId"),
    ("since", "Timestamp"),
    ("until", "Timestamp"),
    ("secure/status.address", "Channel"),
    ("secure/status.after", "AgentName"),
    ("username", "AgentName"),
    ("x-api-key", "ApiKey"),
    ("Idempotency-Key", "IdempotencyKey"),
    ("address", "Address"),
    ("name", "ItemName"),
    ("ItemLine.reply_to", "ItemId"),
    ("Event.reply_to", "ItemId"),
    ("reply_to", "Token"),
    ("item", "ItemId"),
    ("data", "Data"),
    ("ttl", "Ttl"),
    ("size", "Count"),
    ("backlog", "Count"),
    ("members", "Count"),
    ("role", "Role"),
    ("state", "ItemState"),
    ("code", "Code"),
    ("status", "Ok"),
    ("keys", "PublicKeys"),
    ("idempotency_key", "IdempotencyKey"),
    ("overlap_s", "Overlap"),
    ("limit", "Limit"),
    ("wait", "Wait"),
    ("after", "Seq"),
    ("before", "Seq"),
];

/// The public keys of an agent: any JSON object.
#[derive(Debug, Clone, Copy)]
pub struct PublicKeys;

/// Derived schemas refer to these by name; what stands there comes from [`words`].
macro_rules! by_name {
    ($($kind:ident $type:ident),*) => {$(
        impl PartialSchema for $kind {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::$type).into()
            }
        }

        impl ToSchema for $kind {}
    )*};
}

by_name!(Timestamp String, Seq Integer, PublicKeys Object);

fn text(description: &str, more: Value) -> Value {
    let mut schema = json!({"type": "string", "description": description});
    merge(&mut schema, more);
    schema
}

fn merge(schema: &mut Value, more: Value) {
    if let (Some(schema), Value::Object(more)) = (schema.as_object_mut(), more) {
        schema.extend(more);
    }
}

fn names() -> Value {
    let pattern = |prefix: &str| format!("^{prefix}[a-z0-9][a-z0-9._-]{{0,{}}}$", NAME_MAX_BYTES - 1);
    let named =
        |description, prefix, example| text(description, json!({"pattern": pattern(prefix), "examples": [example]}));
    json!({
        "AgentName": named("The name of an agent. `me` is reserved.", "(?!me$)", "alice"),
        "AgentOrMe": named("The name of an agent, or `me`: yourself.", "", "me"),
        "ChannelName": named("The address of a channel.", "#", "#research"),
        "Channel": named("A channel, with or without its `#`.", "#?", "research"),
        "Address": named("An agent, or a channel with its `#`.", "(?!me$)#?", "bob"),
        "Addresses": {"type": "array", "items": {"$ref": "#/components/schemas/Address"}},
        "Recipients": {
            "type": "array", "items": {"$ref": "#/components/schemas/Address"}, "minItems": 1, "maxItems": TO_MAX,
            "description": "To whom; each address once is enough. A channel counts as one.",
        },
        "ItemName": text("What an item is called: no control, direction or invisible characters.", json!({
            "minLength": 1, "maxLength": ITEM_NAME_MAX_CHARS, "pattern": format!("^[^{DECEPTIVE}]*$"), "examples": ["findings"],
        })),
    })
}

fn secrets_and_numbers(limits: &WelcomeLimits) -> Value {
    json!({
        "Token": text("The token of an item: 128 bits in base64url.", json!({
            "pattern": "^[A-Za-z0-9_-]{21}[AQgw]$", "examples": ["Zm9vYmFyYmF6cXV4MTIzNA"],
        })),
        "Jwt": text("A JSON Web Token, got from `POST /login`. A secret.", json!({})),
        "ApiKey": text("An API key. A secret, shown once.", json!({"pattern": "^ahub_[0-9a-f]{72}$"})),
        "IdempotencyKey": text(
            "A key of the client's own, of visible ASCII characters: a request repeated with it is one request.",
            json!({"pattern": format!("^[!-~]{{1,{IDEMPOTENCY_KEY_MAX_BYTES}}}$"), "examples": ["8d0f2c7e"]}),
        ),
        "FrameId": text(
            &format!("Chosen by the client; comes back in the answer. At most {FRAME_ID_MAX_BYTES} bytes of UTF-8."),
            json!({"maxLength": FRAME_ID_MAX_BYTES, "examples": ["1"]}),
        ),
        "ItemId": text("The id of an item, a UUIDv7. It gives nobody its data.", json!({
            "format": "uuid", "examples": ["019af297-42db-7000-8000-000000000001"],
        })),
        "Data": text(
            &format!("What the item holds, opaque to the hub: at most {} bytes of UTF-8.", limits.data_max_bytes),
            json!({"maxLength": limits.data_max_bytes}),
        ),
        "PublicKeys": {
            "type": "object", "examples": [{"sign": "…", "enc": "…"}],
            "description": format!("Public keys as their agent wrote them: any JSON object of at most {KEYS_MAX_BYTES} bytes."),
        },
        "Seq": integer("A sequence number, which a JavaScript number holds exactly.", json!({"minimum": 0, "maximum": SEQ_MAX})),
        "Count": integer("How many.", json!({"minimum": 0})),
        "Ttl": integer(&format!("Seconds until an item expires; left out: {TTL_DEFAULT_S}."), json!({
            "minimum": 1, "maximum": limits.ttl_max_s, "examples": [3600],
        })),
        "Limit": integer("Most lines in the answer.", json!({
            "minimum": 1, "maximum": PAGE_LIMIT_MAX, "default": INBOX_LIMIT_DEFAULT,
        })),
        "Overlap": integer("Seconds.", json!({"minimum": 0, "maximum": KEY_OVERLAP_MAX_S})),
        "Samples": integer("How many samples.", json!({"minimum": 1, "maximum": u32::MAX})),
        "Wait": integer("Seconds.", json!({"minimum": 0, "maximum": INBOX_WAIT_MAX_S, "default": 0})),
    })
}

fn integer(description: &str, more: Value) -> Value {
    let mut schema = json!({"type": "integer", "description": description});
    merge(&mut schema, more);
    schema
}

/// Schemas of the words of the wire, by name.
#[must_use]
pub fn words(limits: &WelcomeLimits) -> Map<String, Value> {
    let mut words = json!({
        "Timestamp": text("A moment: RFC 3339, UTC, whole seconds.", json!({
            "format": "date-time", "examples": ["2026-12-06T08:54:04Z"],
        })),
        "Role": text("What an agent may do.", json!({"enum": ["agent", "operator"]})),
        "Sort": text("In which order.", json!({"enum": ["name", "oldest", "backlog", "last_seen"], "default": "name"})),
        "SessionId": text("The id of a session.", json!({"pattern": "^(0|[1-9a-f][0-9a-f]{0,15})$", "examples": ["1f"]})),
        "ItemState": text("Whether an item has its data, and if not, why.", json!({
            "enum": ["live", "expired", "withdrawn", "consumed"],
        })),
        "Code": text("A stable code: decide by it. A newer hub may know more of them.", json!({"pattern": "^[a-z_]+$"})),
        "Ok": text("Always `ok`.", json!({"const": "ok"})),
    });
    merge(&mut words, names());
    merge(&mut words, secrets_and_numbers(limits));
    match words {
        Value::Object(words) => words,
        _ => Map::new(),
    }
}

/// Completes a derived schema called `name`: no field is `null`, and a field that holds a word refers to it.
pub fn complete(name: &str, schema: &mut Value, words: &Map<String, Value>) {
    // What a client reads as unknown is whatever a newer hub may say: the words of today are examples.
    if let Some(values) =
        schema.get("enum").and_then(Value::as_array).filter(|values| values.contains(&json!("unknown")))
    {
        let known: Vec<_> = values.iter().filter(|value| *value != "unknown").cloned().collect();
        merge(schema, json!({"examples": known}));
        schema.as_object_mut().map(|fields| fields.remove("enum"));
    }
    // Fields that stand there together or not at all.
    for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(all) = without_null(part) {
            *part = json!({"anyOf": [all, {}]});
        }
    }
    for part in ["allOf", "oneOf", "anyOf"] {
        for part in schema.get_mut(part).and_then(Value::as_array_mut).into_iter().flatten() {
            complete(name, part, words);
        }
    }
    for (field, schema) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        complete_field(name, field, schema, words);
    }
}

/// The same for one field or parameter.
pub fn complete_field(name: &str, field: &str, schema: &mut Value, words: &Map<String, Value>) {
    drop_null(schema);
    // A `u32`: OpenAPI has a name for its width, and none for its sign.
    if schema["format"] == "int32" && schema["minimum"] == 0 && schema.get("maximum").is_none() {
        schema["maximum"] = u32::MAX.into();
    }
    let exact = format!("{name}.{field}");
    let word = FIELDS.iter().filter(|(known, _)| *known == exact || *known == field).find_map(|(_, word)| {
        let is_its = words.get(*word).is_none_or(|word| word["type"] == schema["type"]);
        is_its.then_some(*word)
    });
    if let Some(word) = word.filter(|word| !word.is_empty()) {
        // A description that points into the code is of no use outside of it.
        let description = schema.get("description").filter(|told| !told.to_string().contains("[`")).cloned();
        *schema = json!({"$ref": format!("#/components/schemas/{word}")});
        merge(schema, description.map_or(json!({}), |told| json!({"description": told})));
    }
}

/// `null` is not the same as leaving a field out: it is neither sent nor taken, whatever the Rust type allows.
fn drop_null(schema: &mut Value) {
    if let Some(kinds) = schema.get_mut("type").and_then(Value::as_array_mut) {
        kinds.retain(|kind| kind != "null");
        if let [kind] = &kinds[..] {
            schema["type"] = kind.clone();
        }
    }
    if let Some(mut kept) = without_null(schema) {
        if let Some(told) = schema.get("description") {
            merge(&mut kept, json!({"description": told}));
        }
        *schema = kept;
    }
}

/// What a schema allows beside `null`, if those two are the choice.
fn without_null(schema: &Value) -> Option<Value> {
    match schema.get("oneOf")?.as_array()?.as_slice() {
        [null, other] | [other, null] if null["type"] == "null" => Some(other.clone()),
        _ => None,
    }
}
