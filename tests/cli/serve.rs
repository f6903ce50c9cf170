//! The server, over real connections: answers, refusals, and what clients should not do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Place, command, run, str};

/// A server of its own port, ended with the test.
struct Serving {
    child: Child,
    address: String,
    log: std::sync::mpsc::Receiver<String>,
}

impl Serving {
    fn new(more: &[&str]) -> Serving {
        let mut args = vec!["serve", "--listen", "127.0.0.1:0", "--threads", "1"];
        args.extend(more);
        let mut child = command(&args).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.rsplit_once("//").unwrap_or_else(|| panic!("{first}")).1.to_owned();
        let (out, log) = std::sync::mpsc::channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| out.send(line)));
        Serving { child, address, log }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Sends bytes as they are and reads until the server closes.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // the server may close before it has read all
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut out = Vec::new();
        let _ = stream.read_to_end(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Heard {
        let mut stream = self.connect();
        stream.write_all(&request(method, path, headers, body)).unwrap();
        Heard::of(&mut stream)
    }

    fn post(&self, path: &str, body: &Value) -> Heard {
        self.ask("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    /// Asks for opinions, and does not wait for them.
    fn begin(&self, body: &[u8], headers: &[(&str, &str)]) -> TcpStream {
        let headers = [&[("content-type", "application/json")], headers].concat();
        let mut stream = self.connect();
        stream.write_all(&request("POST", "/v1/predict", &headers, body)).unwrap();
        stream
    }

    fn get(&self, path: &str) -> Heard {
        self.ask("GET", path, &[], b"")
    }

    /// That all is well still.
    fn is_well(&self) {
        let heard = self.post("/v1/predict", &json!({"text": "Manila thanked Moscow for the rice."}));
        assert_eq!(heard.status, 200, "{}", heard.text());
        assert_eq!(heard.json()["opinions"][1]["stance"], "FAVOR");
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// The next line of the log that holds a text.
    fn logged(&self, text: &str) -> Value {
        loop {
            let line = self.log.recv_timeout(Duration::from_secs(20)).unwrap();
            if line.contains(text) {
                return serde_json::from_str(&line).unwrap();
            }
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("{method} {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n");
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    [out.as_bytes(), body].concat()
}

/// Documents that take a while: a number of them, of so many sentences each.
fn many(n: usize, sentences: usize) -> Vec<u8> {
    let text = "Manila thanked Moscow for the rice, and Ankara denounced Sofia. ".repeat(sentences);
    let documents: Vec<Value> = (0..n).map(|_| json!({ "text": text })).collect();
    json!({ "documents": documents }).to_string().into_bytes()
}

struct Heard {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Heard {
    fn of(stream: &mut impl Read) -> Heard {
        let mut out = Vec::new();
        let _ = stream.read_to_end(&mut out);
        let end = out.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(out.len());
        let head = String::from_utf8_lossy(&out[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        Heard { status, head, body: out.get(end + 4..).unwrap_or_default().to_vec() }
    }

    fn text(&self) -> String {
        format!("{}\n\n{}", self.head, String::from_utf8_lossy(&self.body))
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    fn detail(&self) -> String {
        assert!(self.head.contains("application/problem+json"), "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        problem["detail"].as_str().unwrap().to_owned()
    }
}

const NEWS: &str =
    "😀 Manila thanked Moscow for the rice. Envoys of Kenya said that Japan had broken its word.";

#[test]
fn answers_are_those_of_predict() {
    let (place, server) = (Place::new(), Serving::new(&[]));
    let file = place.file("news.txt", NEWS);
    let rows = run(&["predict", str(&file), "--format", "jsonl"]).stdout;
    let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let heard = server.post("/v1/predict", &json!({"text": NEWS, "document": str(&file)}));
    assert_eq!(heard.status, 200, "{}", heard.text());
    let body = heard.json();
    assert_eq!(body["opinions"], json!(rows));
    let (actors, mentions) = (body["actors"].as_array().unwrap(), body["mentions"].as_array().unwrap());
    assert_eq!((actors.len(), mentions.len(), &body["language"]), (4, 4, &Value::Null));
    assert_eq!(
        mentions[0],
        json!({"start": 2, "end": 8, "mention": "Manila", "actor": "PHL", "kind": "metonym"})
    );

    // a row that names its target is judged as it is; a list is answered by a list
    let documents = json!({"documents": [
        {"text": "Manila thanked Moscow.", "target": "RUS", "holder": "PHL", "document": "a"}, {"text": "Nobody is here."},
    ]});
    let body = server.post("/v1/predict", &documents).json();
    assert_eq!(body["documents"][0]["opinions"].as_array().unwrap().len(), 1);
    assert_eq!(body["documents"][0]["opinions"][0]["stance"], "FAVOR");
    assert_eq!(body["documents"][1]["opinions"], json!([]));
    let surer = server.post("/v1/predict?opinionated=true&min_confidence=0.9", &json!({"text": NEWS})).json();
    let surer = surer["opinions"].as_array().unwrap();
    assert!(!surer.is_empty() && surer.len() < rows.len());
    assert!(surer.iter().all(|o| o["stance"] != "NEUTRAL" && o["confidence"].as_f64().unwrap() >= 0.9));

    // the words of an opinion, by its sentence
    let explained =
        server.post("/v1/explain", &json!({"text": NEWS, "sentence": 0, "target": "RUS", "holder": "PHL"}));
    let explained = explained.json();
    let opinion = rows.iter().find(|row| row["holder"] == "PHL").unwrap();
    assert_eq!(explained["p_favor"], opinion["p_favor"]);
    let words = explained["words"].as_array().unwrap();
    let heaviest =
        words.iter().max_by(|a, b| a["favor"].as_f64().unwrap().total_cmp(&b["favor"].as_f64().unwrap()));
    assert_eq!(heaviest.unwrap()["word"], "thanked");
    assert_eq!(heaviest.unwrap()["start"], 9);
    let sum: f64 = words.iter().map(|w| w["favor"].as_f64().unwrap()).sum();
    let score = explained["scores"]["favor"].as_f64().unwrap();
    assert!((sum + explained["intercepts"]["favor"].as_f64().unwrap() - score).abs() < 1e-3);
    let alone = server.post("/v1/explain", &json!({"text": "Praise for the harbour.", "target": "harbour"}));
    assert_eq!(alone.status, 200, "{}", alone.text());
}

#[test]
fn rows_go_in_and_out_in_all_forms() {
    let (place, server) = (Place::new(), Serving::new(&[]));
    let lines =
        "{\"text\":\"Manila thanked Moscow.\",\"n\":7}\n{\"text\":\"Ankara denounced Sofia.\",\"n\":8}\n";
    let file = place.file("rows.jsonl", lines);
    let asked = |body: &[u8], headers: &[(&str, &str)]| server.ask("POST", "/v1/predict", headers, body);
    let jsonl = ("content-type", "application/x-ndjson");
    let expected = run(&["predict", str(&file), "--format", "csv"]).stdout;
    assert!(expected.contains(",7\n") && expected.contains(",8\n"), "{expected}");
    let heard = asked(lines.as_bytes(), &[jsonl, ("accept", "text/csv")]);
    // documents have no name of their own
    let named = expected.replace(&format!("{}:", str(&file)), "body:");
    assert_eq!(String::from_utf8(heard.body).unwrap(), named);

    // an Arrow stream of the same goes in and comes out
    let stream = place.path("rows.arrows");
    assert_eq!(run(&["predict", str(&file), "-o", str(&stream)]).code, 0);
    let arrow = "application/vnd.apache.arrow.stream";
    let heard = asked(&std::fs::read(&stream).unwrap(), &[("content-type", arrow), ("accept", arrow)]);
    assert_eq!(heard.status, 200, "{}", heard.text());
    let back = place.file("back.arrows", &heard.body);
    let rows = run(&["predict", str(&back), "--format", "jsonl"]);
    assert_eq!((rows.code, rows.stdout.lines().count()), (0, 5), "{}", rows.stderr);
    assert!(rows.stdout.contains("\"n\":\"7\""), "{}", rows.stdout);

    // packed both ways, as `.gz` and `.zst` are
    for (ending, coding) in [("gz", "gzip"), ("zst", "zstd")] {
        let packed = place.path(&format!("p.jsonl.{ending}"));
        assert_eq!(run(&["predict", str(&file), "-o", str(&packed)]).code, 0);
        let many: String = (0..40).map(|_| lines).collect();
        let headers = [
            jsonl,
            ("content-encoding", coding),
            ("accept-encoding", coding),
            ("accept", "application/x-ndjson"),
        ];
        let heard = asked(&std::fs::read(&packed).unwrap(), &headers);
        assert_eq!(heard.status, 200, "{}", heard.text());
        let heard =
            asked(many.as_bytes(), &[jsonl, ("accept-encoding", coding), ("accept", "application/x-ndjson")]);
        assert!(heard.head.contains(&format!("content-encoding: {coding}")), "{}", heard.head);
        let answer = place.file(&format!("answer.jsonl.{ending}"), &heard.body);
        assert_eq!(run(&["predict", str(&answer)]).stdout.lines().count(), 1 + 200);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let server = Serving::new(&["--max-body", "100K", "--max-documents", "3", "--body-timeout", "1"]);
    let wrong = |body: Value, status: u16, detail: &str| {
        let heard = server.post("/v1/predict", &body);
        assert_eq!(heard.status, status, "{}", heard.text());
        assert!(heard.detail().contains(detail), "{}", heard.detail());
    };
    wrong(json!({"text": 1}), 422, "text: invalid type");
    wrong(json!({}), 422, "expected `text` or `documents`");
    wrong(
        json!({"text": "Praise for Chile.", "target": "RUS"}),
        422,
        "target `RUS` (Russia) is not in the text",
    );
    wrong(
        json!({"documents": [{"text": "a"}, {"text": "a"}, {"text": "a"}, {"text": "a"}]}),
        422,
        "more than 3",
    );
    wrong(json!({"text": "a".repeat(200_000)}), 413, "102400 bytes");
    let heard = server.post("/v1/explain", &json!({"text": "Chile.", "target": "CHL", "sentence": 7}));
    assert!(heard.status == 422 && heard.detail().starts_with("sentence:"), "{}", heard.text());
    let heard = server.post("/v1/explain", &json!({"text": "Chile.", "target": "NO", "sentence": 0}));
    assert!(heard.detail().contains("no actor that is known"));

    let ask = |headers: &[(&str, &str)], body: &[u8]| server.ask("POST", "/v1/predict", headers, body);
    let json_type = ("content-type", "application/json");
    assert_eq!(ask(&[("content-type", "text/html")], b"a").status, 415);
    assert_eq!(ask(&[json_type, ("content-encoding", "br")], b"a").status, 415);
    assert_eq!(ask(&[json_type, ("accept", "image/png")], b"{\"text\":\"a\"}").status, 406);
    assert_eq!(ask(&[json_type], b"{\"text\":\"a\"").status, 400);
    assert_eq!(ask(&[json_type], b"{\"text\":\"\xff\"}").status, 400);
    assert_eq!(ask(&[json_type], "[".repeat(50_000).as_bytes()).status, 422);
    assert_eq!(ask(&[json_type, ("content-encoding", "gzip")], b"no gzip").status, 400);
    assert_eq!(ask(&[("content-type", "application/vnd.apache.arrow.stream")], b"no stream").status, 400);
    assert_eq!(server.post("/v1/predict?min_confidence=2", &json!({"text": "a"})).status, 422);
    assert_eq!(server.post("/v1/predict?opinionate=true", &json!({"text": "a"})).status, 422);
    assert_eq!(server.get("/v1/predict").status, 405);
    assert_eq!(server.get("/../../etc/passwd").status, 404);
    assert_eq!(server.get("/v1/..%2f..%2fetc/passwd").status, 404);

    // a body that never comes whole
    let mut stream = server.connect();
    stream.write_all(b"POST /v1/predict HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{").unwrap();
    let begin = Instant::now();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 408");
    assert!(begin.elapsed() < Duration::from_secs(10));
    server.is_well();
}

#[test]
fn what_clients_should_not_do_harms_nobody_else() {
    let server = Serving::new(&["--quiet"]);
    assert!(server.raw(b"\x16\x03\x01\x02\x00garbage\r\n\r\n").starts_with("HTTP/1.1 400"));
    assert!(server.raw(b"GET / HTTP/9.9\r\n\r\n").starts_with("HTTP/1.1 4") || server.raw(b"x").is_empty());
    let flood: String = (0..20_000).map(|i| format!("x-{i}: y\r\n")).collect();
    let heard = server.raw(format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{flood}\r\n").as_bytes());
    assert!(heard.starts_with("HTTP/1.1 431"), "{heard}");
    let heard = server.raw(b"GET /\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n");
    assert!(heard.starts_with("HTTP/1.1 4"), "{heard}");
    let heard = server
        .raw(b"POST /v1/predict HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello");
    assert!(heard.starts_with("HTTP/1.1 400"), "{heard}");
    // connections cut in a head, in a body, and before the answer
    let whole = request("POST", "/v1/predict", &[("content-type", "application/json")], &vec![b'['; 100_000]);
    for n in [10, 90, 5_000, whole.len()] {
        let mut stream = server.connect();
        stream.write_all(&whole[..n]).unwrap();
    }
    // a list of all actors in one breath is read in bounded time
    let actors = server.get("/v1/actors").json();
    let names: Vec<&str> =
        actors["actors"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    let begin = Instant::now();
    let heard = server.post("/v1/predict", &json!({"text": format!("{} met. ", names.join(" praised "))}));
    assert_eq!(heard.status, 200);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    // heads that never end take no worker
    let _slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(b"POST /v1/predict HTTP/1.1\r\n").unwrap();
            stream
        })
        .collect();
    let hostile = "<script>alert(1)</script> \u{202e}Moscow\u{202c} praised Beijing \u{0}".replace('\0', "");
    assert_eq!(server.post("/v1/predict", &json!({"text": hostile})).status, 200);
    server.is_well();
    let metrics = server.get("/metrics");
    assert!(
        metrics.text().contains("geostance_requests_total{route=\"/v1/predict\",status=\"200\"} 3"),
        "{}",
        metrics.text()
    );
}

#[test]
fn too_much_is_refused_at_once_and_too_long_is_cut() {
    let server = Serving::new(&["--max-requests", "1", "--request-timeout", "1"]);
    let mut large = server.begin(&many(5_000, 30), &[]);
    std::thread::sleep(Duration::from_millis(300));
    let begin = Instant::now();
    let heard = server.post("/v1/predict", &json!({"text": "Praise for Chile."}));
    assert_eq!(heard.status, 429, "{}", heard.text());
    assert!(heard.head.contains("retry-after: 1") && begin.elapsed() < Duration::from_millis(500));
    let heard = Heard::of(&mut large);
    assert_eq!(heard.status, 503, "{}", heard.head);
    let done = heard.json()["documents"].as_array().unwrap().len();
    assert!(
        done > 0 && done < 5_000 && heard.detail().contains(&format!("after {done} of 5000")),
        "{}",
        heard.detail()
    );
    server.is_well();
}

#[test]
fn a_small_request_does_not_wait_for_a_large_one() {
    let server = Serving::new(&[]);
    let mut large = server.begin(&many(1_500, 20), &[]);
    std::thread::sleep(Duration::from_millis(100));
    (0..10).for_each(|_| server.is_well());
    large.set_nonblocking(true).unwrap();
    let still = large.peek(&mut [0; 1]);
    assert!(still.is_err(), "the large one was done before ten small ones");
    large.set_nonblocking(false).unwrap();
    assert_eq!(Heard::of(&mut large).json()["documents"].as_array().unwrap().len(), 1_500);
}

#[test]
fn only_those_with_a_token_may_ask() {
    let place = Place::new();
    let tokens = place.file("tokens", "# readers\n0123456789abcdefgh\n");
    let admins = place.file("admins", "an-administrator-1\n");
    let server = Serving::new(&["--token-file", str(&tokens), "--admin-token-file", str(&admins)]);
    let ask = |token: &str| {
        let headers = [("content-type", "application/json"), ("authorization", token)];
        server.ask("POST", "/v1/predict", &headers, b"{\"text\":\"Praise for Chile.\"}").status
    };
    assert_eq!(ask("Bearer 0123456789abcdefgh"), 200);
    assert_eq!(ask("Bearer an-administrator-1"), 200);
    assert_eq!(ask("Bearer 0123456789abcdefgi"), 401);
    assert_eq!(ask("Basic 0123456789abcdefgh"), 401);
    let heard = server.get("/v1/model");
    assert!(heard.status == 401 && heard.head.contains("www-authenticate: Bearer"), "{}", heard.text());
    assert_eq!(server.get("/metrics").status, 401);
    // what anybody may see
    for path in ["/", "/healthz", "/readyz", "/openapi.json"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    let renew = |token: &str, body: &[u8]| server.ask("POST", "/v1/model", &[("authorization", token)], body);
    assert_eq!(renew("Bearer 0123456789abcdefgh", b"").status, 403);
    assert_eq!(renew("Bearer an-administrator-1", b"").json()["generation"], 2);

    let refused = run(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(refused.code == 2 && refused.stderr.contains("--token-file"), "{}", refused.stderr);
    let short = place.file("short", "tooshort\n");
    let refused = run(&["serve", "--token-file", str(&short)]);
    assert!(refused.stderr.contains("short:1: expected a token of 16"), "{}", refused.stderr);
}

#[cfg(unix)]
#[test]
fn a_model_takes_the_place_of_another() {
    let place = Place::new();
    let model = place.model();
    let admins = place.file("admins", "an-administrator-1\n");
    let server = Serving::new(&["--model", str(&model), "--admin-token-file", str(&admins)]);
    let first = server.get("/v1/model").json();
    assert_eq!((&first["generation"], first["card"]["seed"].as_u64()), (&json!(1), Some(1)));
    // trained with another seed, in place of the file
    let rows = place.path("rows.csv");
    let args = ["train", "--folds", "0", "--l2", "2", "--seed", "9", "--data", str(&rows), "-o", str(&model)];
    assert_eq!(run(&args).code, 0);
    server.signal("-HUP");
    assert_eq!(server.logged("\"event\":\"model\"")["generation"], 2);
    let second = server.get("/v1/model").json();
    assert_eq!((&second["generation"], second["card"]["seed"].as_u64()), (&json!(2), Some(9)));
    assert_ne!(first["model"], second["model"]);
    // a damaged one changes nothing
    let mut bytes = std::fs::read(&model).unwrap();
    let last = bytes.len() - 9;
    bytes[last] ^= 1;
    let renew = |body: &[u8]| {
        server.ask("POST", "/v1/model", &[("authorization", "Bearer an-administrator-1")], body)
    };
    let heard = renew(&bytes);
    assert!(heard.status == 422 && heard.detail().contains("is damaged"), "{}", heard.text());
    assert_eq!(renew(b"no model").status, 422);
    std::fs::write(&model, &bytes).unwrap();
    server.signal("-HUP");
    assert!(server.logged("model refused")["why"].as_str().unwrap().contains("is damaged"));
    assert_eq!(server.get("/v1/model").json()["generation"], 2);
    bytes[last] ^= 1;
    assert_eq!(renew(&bytes).json()["generation"], 3);
}

#[cfg(unix)]
#[test]
fn requests_under_way_are_answered_before_the_end() {
    let mut server = Serving::new(&[]);
    let mut large = server.begin(&many(800, 20), &[("x-request-id", "mine-7")]);
    std::thread::sleep(Duration::from_millis(200));
    server.signal("-TERM");
    server.logged("stopping");
    assert!(TcpStream::connect(&server.address).is_err(), "no connection is taken any more");
    let heard = Heard::of(&mut large);
    assert_eq!(heard.json()["documents"].as_array().unwrap().len(), 800);
    assert!(heard.head.contains("x-request-id: mine-7"));
    assert_eq!(server.logged("\"route\"")["id"], "mine-7");
    assert_eq!(server.logged("stopped")["all_answered"], true);
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_description_is_of_what_is_served() {
    let server = Serving::new(&["--quiet"]);
    let api = server.get("/openapi.json").json();
    assert_eq!(api["openapi"], "3.1.0");
    let paths = api["paths"].as_object().unwrap();
    assert_eq!(
        paths.keys().collect::<Vec<_>>(),
        ["/healthz", "/metrics", "/readyz", "/v1/actors", "/v1/explain", "/v1/model", "/v1/predict"]
    );
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let heard = server.ask(&method.to_uppercase(), path, &[], b"");
            assert!(
                methods[method]["responses"][heard.status.to_string()].is_object(),
                "{method} {path}: {}",
                heard.status
            );
        }
    }
    let page = server.get("/");
    assert!(page.head.contains("script-src 'sha256-") && page.body.len() < 150_000, "{}", page.head);
    assert!(page.head.contains("x-content-type-options: nosniff"));
    assert!(server.get("/v1/actors").json()["actors"].as_array().unwrap().len() > 800);
}

#[test]
fn tls_is_spoken_where_there_is_a_certificate() {
    use std::sync::Arc;
    use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
    let place = Place::new();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let cert = place.file("cert.pem", made.cert.pem());
    let key = place.file("key.pem", made.signing_key.serialize_pem());
    let server = Serving::new(&["--tls-cert", str(&cert), "--tls-key", str(&key)]);
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth());
    let client = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, server.connect());
    stream.write_all(&request("GET", "/healthz", &[], b"")).unwrap();
    assert_eq!(Heard::of(&mut stream).json()["status"], "ok");
    // what speaks no TLS gets no answer, and others still do
    assert!(!server.raw(b"GET /healthz HTTP/1.1\r\n\r\n").contains("200"));

    let refused = |cert: &Path, key: &Path| {
        run(&["serve", "--listen", "127.0.0.1:0", "--tls-cert", str(cert), "--tls-key", str(key)])
    };
    assert!(refused(&key, &key).stderr.contains("holds no certificate"));
    assert!(refused(&cert, &cert).stderr.contains("holds no private key"));
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = place.file("other.pem", other.signing_key.serialize_pem());
    assert!(refused(&cert, &other).stderr.contains("does not go with the certificate"));
}
