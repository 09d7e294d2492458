//! `desirepath sync` against a server that listens, directly and through what looks like a gate.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// Answers requests by their first line and whether they carry a header, until the test ends.
fn serve(answer: impl Fn(&str, &str) -> (u16, String) + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let head = head_of(&mut stream);
            let line = head.lines().next().unwrap_or_default().to_owned();
            heard.lock().expect("the list").push(line.clone());
            let (status, body) = answer(&line, &head);
            let n_bytes = body.len();
            let text = format!(
                "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {n_bytes}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(text.as_bytes()).expect("it is written");
        }
    });
    (address, asked)
}

fn head_of(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("the old folder goes");
    }
    std::fs::create_dir_all(&path).expect("the folder is made");
    path
}

fn connection(folder: &Path, server: &str) -> String {
    let text = format!(
        r#"{{"desirepath_connection": 1, "name": "Desk", "server": "{server}", "upstream": "desk", "requests_per_second": 100,
        "reads": [{{"name": "tickets", "path": "/tickets", "items": {{"field": "tickets"}},
            "paging": {{"kind": "cursor", "parameter": "after", "field": "next"}},
            "fields": {{"id": "id", "time": "at", "customer": "who"}}, "activity": "Ticket created"}}]}}"#
    );
    let path = folder.join("desk.json");
    std::fs::write(&path, text).expect("the file is written");
    path.to_string_lossy().into_owned()
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    command.env("DESK_AUTH", "Bearer secret").env("GATE_TOKEN", "token");
    command.arg("sync").args(arguments).output().expect("the command starts")
}

fn lines(output: &Output) -> Vec<String> {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

fn page(first: u32, next: &str) -> String {
    let one = |id: u32| format!(r#"{{"id": {id}, "at": "2026-03-0{id}T10:00:00Z", "who": "anna"}}"#);
    format!(r#"{{"tickets": [{}, {}], "next": {next}}}"#, one(first), one(first + 1))
}

#[test]
fn everything_is_printed_once_and_then_only_what_is_new() {
    let folder = folder("sync-direct");
    let (address, asked) = serve(|line, head| {
        if !head.contains("Bearer secret") {
            return (401, "{}".to_owned());
        }
        if line.contains("after=x") { (200, page(3, "null")) } else { (200, page(1, "\"x\"")) }
    });
    let connection = connection(&folder, &address);
    let state = folder.join("state").to_string_lossy().into_owned();
    let arguments = [connection.as_str(), "--header-env", "Authorization=DESK_AUTH", "--state", &state];
    let first = lines(&run(&arguments));
    assert_eq!(first.len(), 4, "{first:?}");
    assert!(first[0].contains("Ticket created") && first[0].contains("anna"), "{}", first[0]);
    assert_eq!(lines(&run(&arguments)), Vec::<String>::new(), "nothing is new");
    assert_eq!(asked.lock().expect("the list").len(), 4, "two pages, twice");
}

#[test]
fn a_gate_is_asked_where_it_leads_and_with_its_token_only() {
    let folder = folder("sync-gate");
    let (address, asked) = serve(|line, head| {
        assert!(head.contains("Bearer token") && !head.contains("secret"), "only the gate's own token");
        if line.starts_with("GET /proxy/upstreams ") {
            let list = r#"{"upstreams": [{"name": "desk", "base": "https://desk.example", "needs_consent": false}]}"#;
            return (200, list.to_owned());
        }
        (200, page(1, "null"))
    });
    let connection = connection(&folder, "https://your-desk.example/api");
    let gate = format!("{address}/proxy");
    let found = lines(&run(&[&connection, "--gate", &gate, "--token-env", "GATE_TOKEN"]));
    assert_eq!(found.len(), 2, "{found:?}");
    let asked = asked.lock().expect("the list").clone();
    assert!(asked[1].starts_with("GET /proxy/to/desk/api/tickets"), "{asked:?}");
}

#[test]
fn what_cannot_be_is_said() {
    let folder = folder("sync-refused");
    let (address, _) = serve(|_, _| (403, "{}".to_owned()));
    let connection = connection(&folder, &address);
    let refused = run(&[&connection]);
    assert_eq!(refused.status.code(), Some(1), "it ends with an error");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("access was refused"), "that says why");
    assert_eq!(run(&[&connection, "--only", "nonsense"]).status.code(), Some(2), "there is no such list");
    assert_eq!(
        run(&[&connection, "--header-env", "A=NOT_THERE"]).status.code(),
        Some(2),
        "nothing is guessed"
    );
}
