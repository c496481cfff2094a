//! Every knob, its default and its unit. Flags win over the environment, and the environment over `.env`.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;

/// A secret that no `Debug` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `secret`.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself. Never log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// What the audit log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditScope {
    /// Administration, logins, and what agents do with items.
    All,
    /// Administration alone.
    Administration,
}

/// Where the data is. Every command takes these.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseConfig {
    /// sqlite:PATH or mysql://USER:PASSWORD@HOST:PORT/NAME [default: sqlite, hub.db in the data folder]
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true, value_parser = secret, global = true)]
    pub database_url: Option<Secret>,

    /// Folder for the embedded database, its secret and the operator's profile [default: ~/.local/share/agent-hub]
    #[arg(long, env = "AGENT_HUB_DATA_DIR", value_name = "DIR", global = true)]
    pub data_dir: Option<PathBuf>,
}

/// Settings of the hub.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Database settings.
    #[command(flatten)]
    pub database: DatabaseConfig,

    /// Address to serve on; port 0 picks a free one
    #[arg(long, env = "AGENT_HUB_LISTEN", default_value = "127.0.0.1:3000", value_name = "ADDR:PORT", value_parser = listen)]
    pub listen: SocketAddr,

    /// How logs are written: human, json, or auto, which is human on a terminal
    #[arg(long, env = "AGENT_HUB_LOG_FORMAT", default_value = "auto", value_name = "FORMAT", value_parser = log_format)]
    pub log_format: LogFormat,

    /// What is logged: error, warn, info, debug, or a filter such as info,agent_hub::ws=debug
    #[arg(long, env = "AGENT_HUB_LOG", default_value = "info", value_name = "FILTER")]
    pub log_level: String,

    /// What the audit log holds: all, or administration, without logins and what agents do with items
    #[arg(long, env = "AGENT_HUB_AUDIT", default_value = "all", value_name = "WHAT", value_parser = audit_scope)]
    pub audit: AuditScope,

    /// Who may come in.
    #[command(flatten)]
    pub access: AccessConfig,

    /// How much the hub takes.
    #[command(flatten)]
    pub limits: LimitConfig,

    /// How long things last.
    #[command(flatten)]
    pub times: TimeConfig,
}

/// Secrets, and what the hub trusts.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Access")]
pub struct AccessConfig {
    /// Signs JWTs; at least 32 bytes [default: made at first start beside an embedded database]
    #[arg(long, env = "JWT_SECRET", value_name = "SECRET", hide_env_values = true, value_parser = secret)]
    pub jwt_secret: Option<Secret>,

    /// Still accepted while the secret is being rotated
    #[arg(long, env = "JWT_SECRET_PREVIOUS", value_name = "SECRET", hide_env_values = true, value_parser = secret)]
    pub jwt_secret_previous: Option<Secret>,

    /// How long a JWT is good for
    #[arg(long, env = "AGENT_HUB_JWT_TTL", default_value = "1h", value_name = "TIME", value_parser = duration)]
    pub jwt_ttl: Duration,

    /// How browsers reach the hub, where it is not the listen address, such as `https://hub.example.org`
    #[arg(long, env = "AGENT_HUB_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Another web origin whose pages may open sockets; repeat or separate by commas
    #[arg(long, env = "AGENT_HUB_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<String>,

    /// Serve plain HTTP beyond this machine, because a proxy in front of the hub speaks TLS
    #[arg(long, env = "AGENT_HUB_BEHIND_PROXY")]
    pub behind_proxy: bool,

    /// Serve plain HTTP beyond this machine, whatever that lets others read
    #[arg(long, env = "AGENT_HUB_INSECURE")]
    pub insecure: bool,

    /// Network whose X-Forwarded-For is believed, such as 10.0.0.0/8; repeat or separate by commas
    #[arg(long, env = "AGENT_HUB_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',')]
    pub trusted_proxy: Vec<Network>,
}

/// How much the hub takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitConfig {
    /// Largest data of one item, in bytes
    #[arg(long, env = "AGENT_HUB_DATA_MAX_BYTES", default_value_t = 1024 * 1024, value_name = "BYTES",
          value_parser = clap::value_parser!(u64).range(1..=8 * 1024 * 1024))]
    pub data_max_bytes: u64,

    /// Open connections in all
    #[arg(long, env = "AGENT_HUB_MAX_CONNECTIONS", default_value_t = 20_000, value_name = "N", value_parser = at_least_one())]
    pub max_connections: u32,

    /// Open connections from one address; this machine and trusted proxies are exempt
    #[arg(long, env = "AGENT_HUB_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 1_024, value_name = "N", value_parser = at_least_one())]
    pub max_connections_per_address: u32,

    /// Open sockets that have not said who they are; one address gets a quarter of them
    #[arg(long, env = "AGENT_HUB_MAX_UNAUTHENTICATED", default_value_t = 1_000, value_name = "N", value_parser = at_least_one())]
    pub max_unauthenticated: u32,

    /// Live sessions of one agent
    #[arg(long, env = "AGENT_HUB_SESSIONS_PER_AGENT", default_value_t = 64, value_name = "N", value_parser = at_least_one())]
    pub sessions_per_agent: u32,

    /// Publishes, acks and claims that may wait for the database; beyond it the answer is 503
    #[arg(long, env = "AGENT_HUB_WRITER_QUEUE", default_value_t = 4_096, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub writer_queue: u32,
}

/// How long things last. Plain numbers are seconds; 10s, 5m, 1h and 7d work too.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Times (seconds, or 10s, 5m, 1h, 7d)")]
pub struct TimeConfig {
    /// Longest ttl of an item
    #[arg(long, env = "AGENT_HUB_TTL_MAX", default_value = "365d", value_name = "TIME", value_parser = duration)]
    pub ttl_max: Duration,

    /// How long the hub still says why an item is gone
    #[arg(long, env = "AGENT_HUB_TOMBSTONES_FOR", default_value = "7d", value_name = "TIME", value_parser = duration)]
    pub tombstones_for: Duration,

    /// How long the audit log is kept
    #[arg(long, env = "AGENT_HUB_AUDIT_FOR", default_value = "90d", value_name = "TIME", value_parser = duration)]
    pub audit_for: Duration,

    /// Between two rounds of the sweeper, which erases what has expired
    #[arg(long, env = "AGENT_HUB_SWEEP_INTERVAL", default_value = "10s", value_name = "TIME", value_parser = duration)]
    pub sweep_interval: Duration,

    /// Between two pings to a socket; silent for two of them is dead
    #[arg(long, env = "AGENT_HUB_PING_INTERVAL", default_value = "25s", value_name = "TIME", value_parser = duration)]
    pub ping_interval: Duration,

    /// How long a socket may take to say hello
    #[arg(long, env = "AGENT_HUB_HELLO_TIMEOUT", default_value = "5s", value_name = "TIME", value_parser = duration)]
    pub hello_timeout: Duration,

    /// Over how long sockets are sent away at shutdown
    #[arg(long, env = "AGENT_HUB_DRAIN_TIME", default_value = "5s", value_name = "TIME", value_parser = drain)]
    pub drain_time: Duration,
}

impl Config {
    /// Plain HTTP beyond this machine has to be asked for.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn check_exposure(&self) -> Result<(), String> {
        if self.listen.ip().is_loopback() || self.access.behind_proxy || self.access.insecure {
            return Ok(());
        }
        Err(format!(
            "{} can be reached from other machines, and the hub speaks plain HTTP: put a TLS proxy before it and say --behind-proxy, or say --insecure",
            self.listen
        ))
    }

    /// The web origins whose pages may open sockets, when serving on `address`.
    #[must_use]
    pub fn origins(&self, address: SocketAddr) -> Vec<String> {
        let port = address.port();
        let mut hosts = vec![address.ip()];
        if address.ip().is_loopback() || address.ip().is_unspecified() {
            hosts = vec![std::net::Ipv4Addr::LOCALHOST.into(), std::net::Ipv6Addr::LOCALHOST.into()];
        }
        let mut origins: Vec<String> =
            hosts.into_iter().map(|ip| format!("http://{}", SocketAddr::new(ip, port))).collect();
        if address.ip().is_loopback() || address.ip().is_unspecified() {
            origins.push(format!("http://localhost:{port}"));
        }
        let named = self.access.public_url.iter().chain(&self.access.allow_origin);
        origins.extend(named.map(|url| origin(url)));
        origins
    }
}

/// `https://Hub.example/path` has the origin `https://hub.example`.
fn origin(url: &str) -> String {
    let url = url.trim().to_ascii_lowercase();
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    url[..end].to_owned()
}

/// A network, as `ADDRESS/BITS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: std::net::IpAddr,
    bits: u8,
}

impl Network {
    /// Whether `address` is in it.
    #[must_use]
    pub fn contains(&self, address: std::net::IpAddr) -> bool {
        use std::net::IpAddr::{V4, V6};
        match (self.base, address.to_canonical()) {
            (V4(base), V4(other)) => {
                let shift = 32 - u32::from(self.bits);
                (u32::from(base) ^ u32::from(other)).checked_shr(shift).unwrap_or(0) == 0
            }
            (V6(base), V6(other)) => {
                let shift = 128 - u32::from(self.bits);
                (u128::from(base) ^ u128::from(other)).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected a network such as 10.0.0.0/8".to_owned();
        let (base, bits) = text.split_once('/').unwrap_or((text, ""));
        let base: std::net::IpAddr = base.trim().parse().map_err(|_| wrong())?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = if bits.is_empty() { most } else { bits.parse().map_err(|_| wrong())? };
        if bits > most { Err(wrong()) } else { Ok(Self { base, bits }) }
    }
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    let port = text.parse().unwrap_or(3000_u16);
    text.parse().map_err(|_| format!("expected an address and a port, such as 127.0.0.1:{port}"))
}

fn at_least_one() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        _ => Err("expected auto, human or json".into()),
    }
}

fn audit_scope(text: &str) -> Result<AuditScope, String> {
    match text {
        "all" => Ok(AuditScope::All),
        "administration" => Ok(AuditScope::Administration),
        _ => Err("expected all or administration".into()),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "the form that clap asks for")]
fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}

/// Reads `10`, `10s`, `5m`, `1h` or `7d`; at least one second.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| "expected a time such as 30, 10s, 5m, 1h or 7d".to_owned())?;
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("expected a time such as 30, 10s, 5m, 1h or 7d".into()),
    };
    // A hundred years keeps every sum of times far from overflow.
    match number.checked_mul(factor) {
        Some(seconds @ 1..=3_153_600_000) => Ok(Duration::from_secs(seconds)),
        _ => Err("expected a time from 1s to 36500d".into()),
    }
}

fn drain(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        time if time > Duration::from_secs(8) => Err("at most 8s, so that the hub is gone within 10".into()),
        time => Ok(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units_and_bounds() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        for bad in ["", "0", "-1", "1.5", "10x", "s", "99999999999999999999", "40000d"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_network_contains_its_own_and_nothing_else() {
        let network: Network = "10.1.0.0/16".parse().unwrap();
        assert!(network.contains("10.1.2.3".parse().unwrap()));
        assert!(network.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!network.contains("10.2.0.1".parse().unwrap()));
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains("1.2.3.4".parse().unwrap()));
        assert!("10.0.0.0/33".parse::<Network>().is_err());
    }

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(origin("https://Hub.example/dashboard/"), "https://hub.example");
        assert_eq!(origin("http://localhost:5173"), "http://localhost:5173");
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
    }
}
