//! The rig: the real proxy as a process of its own, upstreams that say exactly what a test wants, and clients that send raw bytes.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// Session tokens of two people.
pub(crate) const ANNA: &str = "anna-0123456789-0123456789-0123456789";
pub(crate) const BEN: &str = "ben-0123456789-0123456789-0123456789-";
/// The secret of the upstream.
pub(crate) const SECRET: &str = "sk_planted_secret_51Hx";

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder that goes with the test.
#[derive(Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, SeqCst);
        let path = env::temp_dir().join(format!("desirepath-proxy-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The proxy, running.
#[derive(Debug)]
pub(crate) struct Gate {
    child: Child,
    pub(crate) address: SocketAddr,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
    _folder: Arc<Folder>,
}

/// The configuration that most tests begin with; lines for the top come first, tables last.
pub(crate) fn config(top: &str, tables: &str) -> String {
    format!(
        "listen = \"127.0.0.1:0\"\norigins = [\"https://friend.example\"]\n{top}\n[access]\n\
         tokens = [{{ name = \"anna\", secret = {{ env = \"ANNA\" }} }}, {{ name = \"ben\", secret = {{ env = \"BEN\" }} }}]\n{tables}\n"
    )
}

/// The table of an upstream named `api` that may be asked for anything below `/v1`.
pub(crate) fn api(address: SocketAddr, lines: &str) -> String {
    format!(
        "[upstream.api]\nbase = \"http://{address}\"\nallow_private = true\n\
         allow = [\"GET /v1/**\", \"HEAD /v1/**\", \"POST /v1/**\", \"GET /v1/customers/{{id}}\"]\n{lines}\n"
    )
}

impl Gate {
    pub(crate) fn start(text: &str) -> Self {
        Self::start_in(Arc::new(Folder::new()), text)
    }

    pub(crate) fn start_in(folder: Arc<Folder>, text: &str) -> Self {
        let path = folder.write("proxy.toml", text);
        let mut child = command(&path).spawn().expect("the proxy starts");
        let out = collect(child.stdout.take().expect("its output"), None);
        let (found, address) = mpsc::channel();
        let err = collect(child.stderr.take().expect("its messages"), Some(found));
        let address = address
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("the proxy does not listen: {}", err.lock().expect("its messages")));
        Self { child, address, out, err, _folder: folder }
    }

    /// One whole exchange on a connection of its own.
    pub(crate) fn ask(&self, raw: &str) -> Answer {
        ask(self.address, raw.as_bytes())
    }

    /// `GET` by Anna.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&self.request("GET", path, ""))
    }

    /// A request of Anna's without a body; further header lines end with CRLF.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {ANNA}\r\nConnection: close\r\n{headers}\r\n",
            self.address
        )
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Largest memory that the process had so far, in KiB.
    pub(crate) fn memory_kib(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("its status");
        let line = status.lines().find(|line| line.starts_with(field)).expect("the field");
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    }

    pub(crate) fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        assert!(status.expect("kill runs").success(), "the signal is sent");
    }

    /// Waits for the end of the process; whether it ended well.
    pub(crate) fn wait(&mut self) -> bool {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("its status") {
                return status.success();
            }
            assert!(started.elapsed() < PATIENCE, "the proxy does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Everything the process has said so far, after it has had a moment to say it.
    pub(crate) fn said(&self) -> String {
        thread::sleep(Duration::from_millis(150));
        format!("{}{}", self.out.lock().expect("its output"), self.err.lock().expect("its messages"))
    }

    /// Waits for a text in what the process says.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        let started = Instant::now();
        loop {
            let said = self.said();
            if said.contains(text) {
                return said;
            }
            assert!(started.elapsed() < PATIENCE, "{text:?} is never said in: {said}");
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The proxy's command with the secrets of the tests in its environment, and nothing else.
pub(crate) fn command(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath-proxy"));
    command.arg(config).env_clear().env("ANNA", ANNA).env("BEN", BEN).env("SECRET", SECRET);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn collect(
    stream: impl Read + Send + 'static,
    found: Option<mpsc::Sender<SocketAddr>>,
) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let shared = Arc::clone(&text);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            shared.lock().expect("the text").push_str(&format!("{line}\n"));
            if let (Some(found), Some((_, address))) = (&found, line.split_once("listening on ")) {
                let (_, address) = address.split_once("://").expect("a scheme");
                let _ = found.send(address.parse().expect("an address"));
            }
        }
    });
    text
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit of time");
    stream.set_write_timeout(Some(PATIENCE)).expect("a limit of time");
    stream.set_nodelay(true).expect("no delay");
    stream
}

pub(crate) fn ask(address: SocketAddr, raw: &[u8]) -> Answer {
    let mut stream = connect(address);
    // A server that refuses may close before it has read everything.
    let _ = stream.write_all(raw);
    Answer::read(&mut stream)
}

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Whether the body came to the end that its framing promises.
    pub(crate) whole: bool,
    /// Everything as it came.
    pub(crate) raw: String,
}

impl Answer {
    /// Reads until the other side closes.
    pub(crate) fn read(stream: &mut impl Read) -> Self {
        let mut raw = Vec::new();
        let mut piece = [0; 65536];
        let closed = loop {
            match stream.read(&mut piece) {
                Ok(0) => break true,
                Ok(n) => raw.extend_from_slice(&piece[..n]),
                Err(_) => break false,
            }
        };
        Self::parse(&raw, closed)
    }

    fn parse(raw: &[u8], closed: bool) -> Self {
        let text = String::from_utf8_lossy(raw).into_owned();
        let at = raw.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(raw.len());
        let head = String::from_utf8_lossy(&raw[..at]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let rest = raw.get(at + 4..).unwrap_or_default();
        let mut answer = Self { status, head, body: Vec::new(), whole: false, raw: text };
        if answer.header("transfer-encoding").is_some_and(|value| value == "chunked") {
            (answer.body, answer.whole) = dechunk(rest);
        } else if let Some(n_bytes) = answer.header("content-length").and_then(|n| n.parse::<usize>().ok()) {
            answer.body = rest[..rest.len().min(n_bytes)].to_vec();
            answer.whole = rest.len() >= n_bytes;
        } else {
            (answer.body, answer.whole) = (rest.to_vec(), closed && status > 0);
        }
        answer
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.trim()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of the proxy's own answer.
    pub(crate) fn code(&self) -> &str {
        self.header("desirepath-proxy").unwrap_or("")
    }
}

/// The body of chunks, and whether the last chunk came.
pub(crate) fn dechunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(at) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = String::from_utf8_lossy(&rest[..at]);
        let Ok(size) = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16) else {
            break;
        };
        if size == 0 {
            return (body, true);
        }
        let Some(piece) = rest.get(at + 2..at + 2 + size) else {
            body.extend_from_slice(&rest[at + 2..]);
            break;
        };
        body.extend_from_slice(piece);
        rest = rest.get(at + 4 + size..).unwrap_or_default();
    }
    (body, false)
}

/// A request as an upstream saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or("")
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A server that a test speaks for: one request a connection.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    n_connections: Arc<AtomicUsize>,
}

impl Upstream {
    /// Answers every request with what `answer` writes.
    pub(crate) fn start(answer: impl Fn(&Seen, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::raw(move |stream, seen| {
            let Some(request) = read_request(stream) else { return };
            seen.lock().expect("the list").push(request.clone());
            answer(&request, stream);
        })
    }

    /// Leaves even the reading to the test.
    pub(crate) fn raw(talk: impl Fn(&mut TcpStream, &Mutex<Vec<Seen>>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let (seen, n_connections) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
        let upstream = Self { address, seen: Arc::clone(&seen), n_connections: Arc::clone(&n_connections) };
        let talk = Arc::new(talk);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                n_connections.fetch_add(1, SeqCst);
                let _ = stream.set_read_timeout(Some(PATIENCE));
                let _ = stream.set_nodelay(true);
                let (talk, seen) = (Arc::clone(&talk), Arc::clone(&seen));
                thread::spawn(move || {
                    talk(&mut stream, &seen);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
        });
        upstream
    }

    /// Answers everything with 200 and a text.
    pub(crate) fn plain(body: &'static str) -> Self {
        Self::start(move |_, stream| write(stream, &ok("", body)))
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("the list").clone()
    }

    pub(crate) fn n_connections(&self) -> usize {
        self.n_connections.load(SeqCst)
    }
}

/// An answer of 200; further header lines end with CRLF.
pub(crate) fn ok(headers: &str, body: &str) -> String {
    answer("200 OK", headers, body)
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}

/// Writes as far as the other side listens.
pub(crate) fn write(stream: &mut TcpStream, text: &str) {
    let _ = stream.write_all(text.as_bytes());
}

/// Reads one request with its body; `None` when none comes.
pub(crate) fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let head = read_head(stream)?;
    let mut seen = Seen { head, body: Vec::new() };
    if seen.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        let mut raw = Vec::new();
        let mut byte = [0; 1];
        while !raw.ends_with(b"0\r\n\r\n") {
            stream.read_exact(&mut byte).ok()?;
            raw.push(byte[0]);
        }
        seen.body = dechunk(&raw).0;
    } else if let Some(n_bytes) = seen.header("content-length").and_then(|n| n.parse().ok()) {
        seen.body = vec![0; n_bytes];
        stream.read_exact(&mut seen.body).ok()?;
    }
    Some(seen)
}

/// Reads a head, byte by byte, and nothing of what follows it.
pub(crate) fn read_head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

/// Reads until a text has come; everything so far.
pub(crate) fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut raw = Vec::new();
    let mut byte = [0; 1];
    while !String::from_utf8_lossy(&raw).contains(text) {
        match stream.read(&mut byte) {
            Ok(1) => raw.push(byte[0]),
            other => panic!("{text:?} never came ({other:?}): {}", String::from_utf8_lossy(&raw)),
        }
    }
    String::from_utf8_lossy(&raw).into_owned()
}
