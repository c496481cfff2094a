//! A hub that lies: forwards requests to the real one, and changes what it answers.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::http::{Request, send};

/// Changes an answer, given the path that was asked for.
type Lie = Box<dyn FnMut(&str, &mut Value) + Send>;

/// A lying hub; it ends when dropped.
pub struct Liar {
    address: SocketAddr,
    lie: Arc<Mutex<Lie>>,
    accept: JoinHandle<()>,
}

impl Liar {
    /// Tells the truth until it is told what to lie.
    pub async fn before(hub: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let lie: Arc<Mutex<Lie>> = Arc::new(Mutex::new(Box::new(|_, _| {})));
        let told = lie.clone();
        let accept = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(answer(client, hub, told.clone()));
            }
        });
        Self { address, lie, accept }
    }

    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on.
    pub fn lie(&self, lie: impl FnMut(&str, &mut Value) + Send + 'static) {
        *self.lie.lock().unwrap() = Box::new(lie);
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.accept.abort();
    }
}

/// One request on one connection.
async fn answer(mut client: TcpStream, hub: SocketAddr, lie: Arc<Mutex<Lie>>) {
    let Some(request) = read(&mut client).await else { return };
    let mut response = send(hub, &request).await;
    if let Ok(mut json) = serde_json::from_slice(&response.body) {
        (lie.lock().unwrap())(&request.path, &mut json);
        response.body = json.to_string().into_bytes();
    }
    let kind = response.header("content-type").unwrap_or("application/json");
    let head = format!(
        "HTTP/1.1 {} told\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        response.status,
        response.body.len()
    );
    drop(client.write_all(&[head.as_bytes(), &response.body].concat()).await);
}

async fn read(client: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let head = loop {
        let n = client.read(&mut buffer).await.ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&buffer[..n]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let mut request = Request::new(words.next()?, words.next()?);
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "host" | "connection" => {}
            _ => request = request.header(name, value),
        }
    }
    while bytes.len() < head + 4 + length {
        let n = client.read(&mut buffer).await.ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&buffer[..n]);
    }
    Some(if length > 0 { request.body(&bytes[head + 4..head + 4 + length]) } else { request })
}
