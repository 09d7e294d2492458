//! A small static file server for one folder, with the headers that a careful host would send.
//!
//! It listens on this machine only, answers `GET` and `HEAD`, and never leaves its folder.
//! One thread a connection, each of which serves one request: a browser that opens connections ahead of need can't block it.

use anyhow::{Context, Result, bail};
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

/// The policy of every answer. Scripts and styles only from the site's own files; WebAssembly may be compiled.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     connect-src 'self'; worker-src 'self' blob:; img-src 'self' data:; font-src 'self'; base-uri 'none'; \
     form-action 'none'";

/// Longest request line and headers read, in bytes.
const REQUEST_BYTES_MAX: u64 = 32 * 1024;

/// Longest wait for a request's bytes, so that an idle connection ends.
const IDLE_SECS_MAX: u64 = 30;

/// Ports tried after the wished one.
const PORTS_TRIED_MAX: u16 = 50;

/// A bound, not yet serving server.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    site: Arc<Site>,
}

/// What is served: a folder under a sub-path that begins and ends with `/`.
#[derive(Debug)]
struct Site {
    folder: PathBuf,
    prefix: String,
}

impl Server {
    /// Binds the port, or the next free one.
    ///
    /// # Errors
    /// When the folder is missing, or no port can be had.
    pub(crate) fn bind(folder: PathBuf, prefix: &str, port: u16) -> Result<Self> {
        if !folder.join("index.html").is_file() {
            bail!("{} has no index.html; run `cargo xtask build` first", folder.display());
        }
        let folder = folder.canonicalize()?;
        let last = if port == 0 { 0 } else { port.saturating_add(PORTS_TRIED_MAX) };
        let listener = (port..=last)
            .find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
            .with_context(|| format!("no free port from {port} to {last}"))?;
        let trimmed = prefix.trim_matches('/');
        let prefix = if trimmed.is_empty() { "/".to_owned() } else { format!("/{trimmed}/") };
        Ok(Self { listener, site: Arc::new(Site { folder, prefix }) })
    }

    /// The address to open in a browser.
    pub(crate) fn address(&self) -> String {
        let port = self.listener.local_addr().map_or(0, |address| address.port());
        format!("http://localhost:{port}{}", self.site.prefix)
    }

    /// Serves until the process ends.
    ///
    /// # Errors
    /// Never by itself; a failed connection only ends itself.
    pub(crate) fn run(self) -> Result<()> {
        for stream in self.listener.incoming() {
            let Ok(stream) = stream else { continue };
            let site = Arc::clone(&self.site);
            // A connection that breaks off is the browser's decision and no fault.
            std::thread::spawn(move || drop(site.serve(stream)));
        }
        Ok(())
    }
}

impl Site {
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(IDLE_SECS_MAX)))?;
        let mut reader = BufReader::new(stream.try_clone()?.take(REQUEST_BYTES_MAX));
        let mut request = String::new();
        reader.read_line(&mut request)?;
        let (mut header, mut known_tag) = (String::new(), String::new());
        while reader.read_line(&mut header)? > 2 {
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("if-none-match")
            {
                value.trim().clone_into(&mut known_tag);
            }
            header.clear();
        }
        let mut words = request.split(' ');
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        if method != "GET" && method != "HEAD" {
            return respond(
                &mut stream,
                "405 Method Not Allowed",
                "text/plain; charset=utf-8",
                &[("Allow", "GET, HEAD")],
                0,
            );
        }
        match self.resolve(target) {
            Found::File(path) => {
                let mut file = File::open(&path)?;
                let (n_bytes, tag) = (file.metadata()?.len(), tag_of(&file.metadata()?));
                if tag == known_tag {
                    // What the browser has, and has compiled, is still right.
                    return respond(&mut stream, "304 Not Modified", mime_type(&path), &[("ETag", &tag)], 0);
                }
                respond(&mut stream, "200 OK", mime_type(&path), &[("ETag", &tag)], n_bytes)?;
                if method == "GET" {
                    io::copy(&mut file, &mut stream)?;
                }
                stream.flush()
            }
            Found::Moved(to) => {
                respond(&mut stream, "308 Permanent Redirect", "text/plain", &[("Location", &to)], 0)
            }
            Found::Nothing => {
                let text = "404: there is no such file.\n";
                respond(&mut stream, "404 Not Found", "text/plain; charset=utf-8", &[], text.len() as u64)?;
                if method == "GET" {
                    stream.write_all(text.as_bytes())?;
                }
                stream.flush()
            }
        }
    }

    /// Finds the file a request target names, following no link out of the folder.
    fn resolve(&self, target: &str) -> Found {
        let url_path = target.split(['?', '#']).next().unwrap_or("");
        if format!("{url_path}/") == self.prefix {
            return Found::Moved(self.prefix.clone());
        }
        let Some(decoded) = url_path.strip_prefix(&self.prefix).and_then(percent_decode) else {
            return Found::Nothing;
        };
        let steps: Vec<&str> = decoded.split('/').filter(|step| !step.is_empty()).collect();
        if steps.iter().any(|step| step.starts_with('.') || step.contains(['\\', ':', '\0'])) {
            return Found::Nothing;
        }
        let mut path = self.folder.clone();
        path.extend(&steps);
        if path.is_dir() {
            if !decoded.is_empty() && !decoded.ends_with('/') {
                return Found::Moved(format!("{url_path}/"));
            }
            path.push("index.html");
        }
        match fs::canonicalize(&path) {
            Ok(real) if real.starts_with(&self.folder) && real.is_file() => Found::File(real),
            _ => Found::Nothing,
        }
    }
}

/// Changes whenever a file is written anew.
fn tag_of(metadata: &fs::Metadata) -> String {
    let written = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!("\"{:x}-{:x}\"", written.unwrap_or_default().as_nanos(), metadata.len())
}

/// What stands behind a request target.
#[derive(Debug, PartialEq)]
enum Found {
    File(PathBuf),
    Moved(String),
    Nothing,
}

fn respond(
    stream: &mut TcpStream,
    status: &str,
    mime: &str,
    more: &[(&str, &str)],
    n_bytes: u64,
) -> io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {n_bytes}\r\nConnection: close\r\n\
         Content-Security-Policy: {CONTENT_SECURITY_POLICY}\r\nX-Content-Type-Options: nosniff\r\n\
         Referrer-Policy: no-referrer\r\nPermissions-Policy: camera=(), microphone=(), geolocation=()\r\n\
         Cross-Origin-Resource-Policy: cross-origin\r\nAccess-Control-Allow-Origin: *\r\nCache-Control: no-cache\r\n"
    );
    for (name, value) in more {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())
}

fn mime_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "webmanifest" => "application/json",
        "csv" => "text/csv; charset=utf-8",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Decodes `%41`; `None` for a broken escape or bytes that are not UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let (high, low) = (hex_digit(rest.next()?)?, hex_digit(rest.next()?)?);
            bytes.push(high * 16 + low);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(prefix: &str) -> Site {
        Site {
            folder: PathBuf::from(env!("CARGO_MANIFEST_DIR")).canonicalize().unwrap(),
            prefix: prefix.to_owned(),
        }
    }

    fn is_file(found: &Found, name: &str) -> bool {
        matches!(found, Found::File(path) if path.ends_with(name))
    }

    #[test]
    fn finds_files_under_the_prefix_only() {
        let site = site("/maps/");
        assert!(is_file(&site.resolve("/maps/src/main.rs"), "src/main.rs"), "a file under the prefix");
        assert!(
            is_file(&site.resolve("/maps/src/main%2Ers?v=1"), "src/main.rs"),
            "escapes and a query are understood"
        );
        assert_eq!(site.resolve("/src/main.rs"), Found::Nothing, "outside the prefix there is nothing");
        assert_eq!(
            site.resolve("/maps"),
            Found::Moved("/maps/".into()),
            "relative links need the final slash"
        );
        assert_eq!(
            site.resolve("/maps/src"),
            Found::Moved("/maps/src/".into()),
            "the same for a folder inside"
        );
    }

    #[test]
    fn never_leaves_the_folder() {
        let site = site("/");
        for target in [
            "/../ui/Cargo.toml",
            "/src/../../ui/Cargo.toml",
            "/%2e%2e/ui/Cargo.toml",
            "/..%2fui/Cargo.toml",
            "/src/..%5c..%5cCargo.toml",
            "//etc/passwd",
            "/%00",
            "/%zz",
            "/%ff",
        ] {
            assert_eq!(site.resolve(target), Found::Nothing, "{target} must not be served");
        }
    }

    #[test]
    fn modules_get_their_types() {
        assert_eq!(
            mime_type(Path::new("wasm/ui_bg.wasm")),
            "application/wasm",
            "or streaming compilation fails"
        );
        assert_eq!(
            mime_type(Path::new("worker.js")),
            "text/javascript; charset=utf-8",
            "or a module is refused"
        );
    }
}
