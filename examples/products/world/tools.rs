//! The tools of a repository, which are spoken to over MCP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;

use confidant::model::ToolCall;
use rmcp::ServiceExt as _;
use rmcp::model::JsonObject;
use tokio::net::{TcpListener, TcpStream};

use self::server::{Client, Offer, ToolServer, Toolbox};
use super::{Fallible, lock};

#[path = "../../tools/mod.rs"]
mod server;

/// What a server got: the name of each tool that was called, with its arguments.
pub(crate) type Got = Arc<Mutex<Vec<(String, String)>>>;

/// A connection to a server of tools.
pub(crate) struct Tools {
    client: Client,
    got: Got,
}

/// Pushes to a repository, tells its remote and shows its log.
#[derive(Clone, Debug)]
struct Git {
    /// The remote, with the token in it.
    remote: String,
    got: Got,
}

impl Toolbox for Git {
    const OFFERS: &'static [Offer] = &[
        Offer {
            name: "git_remote",
            does: "Tells where a repository lies.",
            takes: &[],
        },
        Offer {
            name: "git_push",
            does: "Pushes, with a token.",
            takes: &[("token", "string")],
        },
        Offer {
            name: "git_log",
            does: "Shows what was committed.",
            takes: &[],
        },
    ];

    fn answer(&self, tool: &str, arguments: &JsonObject) -> Option<String> {
        let arguments = serde_json::Value::Object(arguments.clone());
        lock(&self.got).push((tool.to_owned(), arguments.to_string()));
        match tool {
            "git_remote" => Some(format!("remote: {}", self.remote)),
            "git_push" => Some("pushed".to_owned()),
            "git_log" => Some("one commit".to_owned()),
            _ => None,
        }
    }
}

impl Tools {
    /// Starts a server on a thread of its own, and connects to it over a socket. The server
    /// ends with the connection.
    pub(crate) async fn connect(remote: &str) -> Fallible<Self> {
        let got = Got::default();
        let git = Git {
            remote: remote.to_owned(),
            got: Arc::clone(&got),
        };
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        // A server that fails ends the connection, which its client notices.
        thread::spawn(move || drop(serve(listener, git)));
        let client = ().serve(stream(address).await?).await?;
        Ok(Self { client, got })
    }

    /// Returns the names of the tools.
    pub(crate) async fn names(&self) -> Fallible<Vec<String>> {
        let tools = self.client.list_all_tools().await?.into_iter();
        Ok(tools.map(|tool| tool.name.into_owned()).collect())
    }

    /// Runs a call, and returns what the tool says.
    pub(crate) async fn run(&self, call: &ToolCall) -> Fallible<String> {
        server::run(&self.client, call).await
    }

    /// Returns whether a tool got a text.
    pub(crate) fn got(&self, tool: &str, text: &str) -> bool {
        let got = lock(&self.got);
        got.iter()
            .any(|(name, arguments)| name == tool && arguments.contains(text))
    }
}

async fn stream(address: SocketAddr) -> Fallible<TcpStream> {
    Ok(TcpStream::connect(address).await?)
}

fn serve(listener: std::net::TcpListener, git: Git) -> Fallible {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (stream, _) = TcpListener::from_std(listener)?.accept().await?;
        ToolServer(git).serve(stream).await?.waiting().await?;
        Ok(())
    })
}
