"""`geostance serve` under load, for ten minutes, beyond what it holds, and against its own description.

    python compare/serve.py load NEWSMTSC/train.jsonl [--seconds 10] [--runs 5]   beside FastAPI and scikit-learn
    python compare/serve.py soak [--seconds 600]         models change under the load: failures, memory
    python compare/serve.py overload [--seconds 10]      twice as many requests as it takes
    python compare/serve.py schema [--seconds 120]       schemathesis, every check, without tokens and with them

The server has core 0 and one thread (`--threads 1`), who asks has core 1. `load` and `soak` ask by `wrk`, over 32
connections that stay open. The ordinary article names an actor in every third sentence or so, the dense one several in each.

The peer of `load` does the same by what is at hand in Python: uvicorn with one worker and FastAPI; sentences split by a
regular expression; a regular expression of the names of our states, organisations, territories and blocs (`geostance actors
list`), tried only where a capital stands; TF-IDF of words and pairs of words with logistic regression, fit on NewsMTSC, the
target replaced by one word. It judges pairs of sentence and actor, all of an article in one call of `predict_proba` or each
in a call of its own. It knows no leader, no demonym and no holder, so its answers have fewer rows. All take turns.
"Share of the core" is what the server had of core 0; where it is small, somebody else was there, or wrk. So the ratio is
that of requests per second that the server had of the core. Failures are those that wrk counts: also answers after 2 s.

`soak` takes the mean resident memory of the second minute and of the last. `overload` offers requests at fixed times,
so that a slow answer puts off no other; latencies run from when a request is sent. Prints Markdown tables.
Needs: wrk, taskset; pip install fastapi "uvicorn[standard]" scikit-learn schemathesis
"""

import argparse
import collections
import contextlib
import http.client
import json
import os
import pathlib
import pickle
import re
import secrets
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
SERVER_CORE, CLIENT_CORE = 0, 1
N_CONNECTIONS = 32
KINDS = {"state", "organisation", "territory", "bloc"}
STANCES = {2.0: "AGAINST", 4.0: "NEUTRAL", 6.0: "FAVOR"}

ARTICLE = """The ferry left on time, and for the first hour nothing was out of order. Then the map on the bridge jumped by \
forty miles, jumped back, and went dark. The captain, who has sailed the route since 2009, turned to paper charts and a radio. \
Nobody was hurt, and most of the six hundred passengers slept through it.

On Tuesday Poland accused Russia of jamming satellite navigation over the Baltic Sea. Prime Minister Donald Tusk told reporters \
in Warsaw that it was "no accident and no exercise". He thanked Finland for sharing what its own stations had recorded. The \
recordings show a strong signal that began shortly before nine in the evening and lasted for three hours, much longer than any \
of the disturbances noted in spring.

The Kremlin dismissed the charge. A spokesman said that enemies were being looked for where there were none, and that he had seen \
no evidence that deserved the name. Engineers who were shown the data disagree. The pattern, one of them said, is that of a \
transmitter on a mast and not of a fault in a receiver; three ships some distance apart saw the same thing within seconds.

For the harbours the matter is costly. Pilots now board earlier, tugs wait longer, and insurers have begun to ask what a ship \
carries besides its satellite receiver. A port director put the bill at two million euros for the month. Schools of navigation \
report that old courses in celestial fixes, given up ten years ago, are full again.

France offered to send two ships, and Emmanuel Macron praised the calm of the crew. Hungary refused to sign a joint statement, \
which its foreign minister called hasty. Talks go on in Geneva on Friday. Whether they will change much is another question: \
the last round ended after a day, with a text that thanked the hosts and left every date open. The ferry, for its part, sails \
again tonight, with a second radio, a new set of charts, and a captain who says that he would rather not need them twice.
"""
DENSE = """Poland on Tuesday accused Russia of jamming satellite navigation over the Baltic Sea and asked NATO for more \
patrols, two days after a ferry bound for Sweden lost its bearings in calm weather. Prime Minister Donald Tusk told \
reporters in Warsaw that the disturbance was "no accident and no exercise" and thanked Finland for sharing what its own \
stations had recorded.

The Kremlin dismissed the charge. Its spokesman said that Poland was looking for enemies where there were none, and that \
Moscow would answer any new patrols in kind. China urged both sides to keep calm and offered no view of its own.

In Brussels, the European Union backed the Polish account and condemned what it called reckless conduct. France and Germany \
said they would send two ships each; Emmanuel Macron praised the calm of the crews and promised Estonia, Latvia and Lithuania \
that their waters would not be left alone. Hungary refused to sign the statement. Viktor Orban said it had been written in \
haste and blamed the European Commission for leaving Budapest out of the talks.

The United States welcomed the French and German decision. A spokeswoman for the State Department said that Washington \
stood by its allies, but warned against steps that might be misread. Turkey, which has its own quarrel with Greece over \
patrols, criticised the American warning as half-hearted and proposed talks in Ankara. Greece rejected the proposal within \
the hour.

Ukraine saw its own warnings borne out. Volodymyr Zelensky thanked Poland and the Baltic states for speaking plainly, and \
called on the United Nations to denounce Russia by name. India and Brazil, which abstained from the last such vote, \
criticised the draft that Kyiv had sent around. Norway supports it. Japan has condemned the jamming as well, and South \
Korea, whose shipyards built the ferry, offered Sweden its help. The talks go on in Geneva on Friday, where Switzerland has \
invited all sides; Russia has not said whether it will come, and Belarus denounced the invitation as a trap.
"""
ONE_THREAD = os.environ | {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def table(header, rows):
    """Prints a Markdown table."""
    for row in [header, ["---"] * len(header), *rows]:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


def body_of(article):
    """A request that every server here understands."""
    return json.dumps({"text": article})


def percentile(values, share):
    """The value below which a share of all lie."""
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


# ---- a server, and what it uses ---------------------------------------------------------------------------------


def ask(port, method, path, body=None, headers=None):
    """Status and body of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    status, told = answer.status, answer.read()
    connection.close()
    return status, told


@contextlib.contextmanager
def server(command, path="/healthz"):
    """Runs a server on core 0; `PORT` in the command becomes a port that is free. Gives its process and the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["taskset", "-c", str(SERVER_CORE), *(part.replace("PORT", str(port)) for part in command)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ONE_THREAD)
    try:
        for _ in range(300):
            if process.poll() is not None:
                sys.exit(f"{command}: exit status {process.returncode}")
            try:
                if ask(port, "GET", path)[0] < 500:
                    break
            except OSError:
                time.sleep(0.1)
        yield process, port
    finally:
        process.terminate()
        process.wait(60)


def ours(program, *options):
    """The command of our server."""
    return [program, "serve", "--threads", "1", "--quiet", "--listen", "127.0.0.1:PORT", *options]


def core_seconds(process):
    """Time that a process has had on any core."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(process):
    """Resident memory now."""
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def wrk(folder, port, path, article, seconds):
    """A run of wrk: requests a second, latencies in milliseconds, and failures."""
    script = folder / "post.lua"
    script.write_text(
        f"wrk.method = 'POST'\nwrk.path = '{path}'\nwrk.body = [==[{body_of(article)}]==]\n"
        "wrk.headers['Content-Type'] = 'application/json'\n"
        "function done(s, l)\n"
        "  local e = s.errors\n"
        "  io.write(string.format('{\"n\":%d,\"us\":%d,\"p50\":%f,\"p99\":%f,\"most\":%f,\"connect\":%d,\"read\":%d,'\n"
        "    .. '\"write\":%d,\"timeout\":%d,\"status\":%d}\\n', s.requests, s.duration, l:percentile(50) / 1e3,\n"
        "    l:percentile(99) / 1e3, l.max / 1e3, e.connect, e.read, e.write, e.timeout, e.status))\n"
        "end\n"
    )
    command = ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{N_CONNECTIONS}", f"-d{seconds}s", "--latency"]
    command += ["-s", str(script), f"http://127.0.0.1:{port}"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    told = json.loads(out.splitlines()[-1])
    told["rate"] = told["n"] / (told["us"] / 1e6)
    told["failed"] = sum(told[name] for name in ("connect", "read", "write", "timeout", "status"))
    return told


# ---- load -------------------------------------------------------------------------------------------------------


def fit(newsmtsc, actors, folder):
    """Fits the peer's model and writes it with the names it looks for."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts, labels = [], []
    for line in open(newsmtsc, encoding="utf-8"):
        row = json.loads(line)
        for target in row["targets"]:
            texts.append(row["sentence_normalized"].replace(target["mention"], "TARGET"))
            labels.append(STANCES[float(target["polarity"])])
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10, max_iter=500))
    model.fit(texts, labels)
    ids = {actor["name"]: actor["id"] for actor in actors if actor["kind"] in KINDS}
    (folder / "peer.pickle").write_bytes(pickle.dumps((model, ids)))
    return len(texts), len(ids)


def peer(path, port, by):
    """Serves the peer's model."""
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import JSONResponse
    from pydantic import BaseModel

    model, ids = pickle.loads(pathlib.Path(path).read_bytes())
    classes = model.classes_.tolist()
    sentence = re.compile(r"\S.*?(?:[.!?][\"'’”)]*(?=\s+[A-Z\"'“(]|\s*$)|(?=\n\n)|$)", re.S)
    names = "|".join(re.escape(name) for name in sorted(ids, key=len, reverse=True))
    actor = re.compile(rf"\b(?=[A-Z])(?:{names})\b")
    app = FastAPI()

    class Article(BaseModel):
        text: str

    # not handed to a thread: there is one core, and nothing to wait for
    @app.post("/predict")
    async def predict(article: Article):
        pairs = []
        for found in sentence.finditer(article.text):
            text = found[0]
            for name in dict.fromkeys(actor.findall(text)):
                pairs.append((found.start(), found.end(), text, name))
        rows = []
        if pairs:
            texts = [text.replace(name, "TARGET") for _, _, text, name in pairs]
            if by == "pair":
                probabilities = [model.predict_proba([text])[0].tolist() for text in texts]
            else:
                probabilities = model.predict_proba(texts).tolist()
            for (start, end, text, name), p in zip(pairs, probabilities):
                best = max(range(len(p)), key=p.__getitem__)
                row = {"start": start, "end": end, "target": ids[name], "target_mention": name, "stance": classes[best]}
                row |= {"confidence": round(p[best], 4), "text": text}
                row |= {f"p_{stance.lower()}": round(value, 4) for stance, value in zip(classes, p)}
                rows.append(row)
        return JSONResponse({"opinions": rows})

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", access_log=False)


def load(args):
    """Our server and the peer in turns."""
    listed = [args.geostance, "actors", "list", "--format", "jsonl"]
    actors = [json.loads(line) for line in subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines()]
    texts = {"ordinary": ARTICLE, "dense": DENSE}
    found = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        n_rows, n_names = fit(args.newsmtsc, actors, folder)
        print(f"the peer: fit on {n_rows} rows, looks for {n_names} names", file=sys.stderr)
        serve_peer = [sys.executable, __file__, "peer", f"{folder}/peer.pickle", "PORT"]
        lines = [
            ("geostance serve", ours(args.geostance), "/v1/predict"),
            ("FastAPI, scikit-learn, a call for each article", [*serve_peer, "article"], "/predict"),
            ("FastAPI, scikit-learn, a call for each pair", [*serve_peer, "pair"], "/predict"),
        ]
        for _ in range(args.runs):
            for name, command, path in lines:
                with server(command) as (process, port):
                    for kind, article in texts.items():
                        body = body_of(article)
                        status, told = ask(port, "POST", path, body, {"Content-Type": "application/json"})
                        assert status == 200, (name, status, told)
                        wrk(folder, port, path, article, 2)
                        began, used = time.perf_counter(), core_seconds(process)
                        run = wrk(folder, port, path, article, args.seconds)
                        used = core_seconds(process) - used
                        run["share"], run["speed"] = used / (time.perf_counter() - began), run["n"] / used
                        run["rows"], run["bytes"] = len(json.loads(told)["opinions"]), len(told)
                        found[kind, name].append(run)
                        print(kind, name, json.dumps(run), file=sys.stderr)
    header = ["server", f"requests a second: median of {args.runs}", "per second of core", "we: times as many", "p50 ms"]
    for kind, article in texts.items():
        print(f"{kind.capitalize()} article of {len(article.encode())} bytes, {N_CONNECTIONS} connections, {args.seconds} s a run\n")
        rows = []
        for name, _, _ in lines:
            runs = found[kind, name]
            middle = {key: statistics.median(run[key] for run in runs) for key in ("rate", "speed", "p50", "p99", "share")}
            mine = statistics.median(run["speed"] for run in found[kind, lines[0][0]])
            spread = f"{middle['rate']:.0f} ({min(run['rate'] for run in runs):.0f} to {max(run['rate'] for run in runs):.0f})"
            row = [name, spread, f"{middle['speed']:.0f}", f"{mine / middle['speed']:.1f}", f"{middle['p50']:.1f}"]
            p99 = f"{middle['p99']:.1f} ({min(run['p99'] for run in runs):.1f} to {max(run['p99'] for run in runs):.1f})"
            share = f"{middle['share']:.2f} (least {min(run['share'] for run in runs):.2f})"
            rows.append([*row, p99, sum(run["failed"] for run in runs), runs[0]["rows"], runs[0]["bytes"], share])
        table([*header, "p99 ms", "failed", "rows of an answer", "its bytes", "share of the core"], rows)
        print()


# ---- soak -------------------------------------------------------------------------------------------------------


def soak(args):
    """A load under which the model changes every ten seconds."""
    if args.seconds < 180:
        sys.exit("soak: expected at least 180 seconds, of which the second minute and the last are compared")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        token, tokens, model = secrets.token_hex(16), folder / "tokens", folder / "small.model"
        tokens.write_text(token + "\n")
        train = [args.geostance, "train", "--data", str(ROOT / "data/stance.csv"), "--l2", "2", "--folds", "0"]
        subprocess.run([*train, "--head", "target", "directed", "-o", str(model)], check=True, capture_output=True)
        bodies = [b"", model.read_bytes()]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
        with server(ours(args.geostance, "--admin-token-file", str(tokens))) as (process, port):
            told = {}
            client = threading.Thread(target=lambda: told.update(wrk(folder, port, "/v1/predict", ARTICLE, args.seconds)))
            began = time.perf_counter()
            client.start()
            memory, posted, refused = [], [], 0
            while client.is_alive():
                memory.append(resident_mb(process))
                if len(memory) % 10 == 5:
                    begin = time.perf_counter()
                    status, answer = ask(port, "POST", "/v1/model", bodies[len(posted) % 2], headers)
                    posted.append(time.perf_counter() - begin)
                    if status != 200:
                        refused += 1
                        print(status, answer, file=sys.stderr)
                time.sleep(max(0.0, began + len(memory) - time.perf_counter()))
            client.join()
            generation = json.loads(ask(port, "GET", "/v1/model")[1])["generation"]
    print(f"memory, MB, each second: {[round(mb, 1) for mb in memory]}", file=sys.stderr)
    print(json.dumps(told), file=sys.stderr)
    second, last = statistics.mean(memory[60:120]), statistics.mean(memory[args.seconds - 60 : args.seconds])
    header = ["seconds", "requests", "a second", "p50 ms", "p99 ms", "longest ms", "failed", "models taken", "refused"]
    table(
        [*header, "MB in minute 2", "in the last", "growth", "most"],
        [
            [args.seconds, told["n"], f"{told['rate']:.0f}", f"{told['p50']:.1f}", f"{told['p99']:.1f}", f"{told['most']:.0f}"]
            + [told["failed"], generation - 1, refused, f"{second:.1f}", f"{last:.1f}", f"{last - second:+.1f}", f"{max(memory):.1f}"]
        ],
    )
    print(f"\na model is taken in {1e3 * statistics.median(posted):.0f} ms (median; longest {1e3 * max(posted):.0f})")


# ---- overload ---------------------------------------------------------------------------------------------------


class Client:
    """Connections that stay open during a run, each with one request under way at most."""

    def __init__(self, port, n_connections):
        self.sockets, self.poll = {}, select.epoll()
        for _ in range(n_connections):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setblocking(False)
            self.sockets[connection.fileno()] = connection
            self.poll.register(connection.fileno(), select.EPOLLIN)
        body = body_of(ARTICLE).encode()
        self.request = f"POST /v1/predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.request = self.request.encode() + body

    def run(self, seconds, rate=None):
        """Latencies by status: at a rate, or, without one, each connection asks again when it is answered."""
        idle = list(self.sockets)
        under_way, parts, latencies = {}, {}, collections.defaultdict(list)
        n_sent = n_missed = 0
        began = now = time.perf_counter()
        while now < began + seconds or under_way:
            if now < began + seconds:
                n_due = len(idle) if rate is None else int((now - began) * rate) - n_sent - n_missed
                for _ in range(n_due):
                    if not idle:
                        n_missed += 1
                        continue
                    at = idle.pop(0)
                    under_way[at], parts[at] = time.perf_counter(), b""
                    self.sockets[at].send(self.request)
                    n_sent += 1
            for at, _ in self.poll.poll(0.0005):
                data = self.sockets[at].recv(1 << 20)
                if not data:
                    raise ConnectionError("the server hung up")
                data = parts[at] = parts[at] + data
                head = data.find(b"\r\n\r\n")
                if head < 0:
                    continue
                length = data.find(b"content-length: ", 0, head) + 16
                if len(data) < head + 4 + int(data[length : data.find(b"\r", length)]):
                    continue
                latencies[int(data[9:12])].append(1e3 * (time.perf_counter() - under_way.pop(at)))
                idle.append(at)
            now = time.perf_counter()
        for connection in self.sockets.values():
            connection.close()
        return dict(latencies), n_sent / seconds, n_missed


def overload(args):
    """Twice as many requests as the server takes, between two loads that it holds."""
    os.sched_setaffinity(0, {CLIENT_CORE})
    rows = []

    def tell(name, n_connections, rate=None):
        used, mine, began = core_seconds(process), time.process_time(), time.perf_counter()
        latencies, offered, missed = Client(port, n_connections).run(args.seconds, rate)
        took = time.perf_counter() - began
        share, busy = (core_seconds(process) - used) / took, (time.process_time() - mine) / took
        for status, ms in sorted(latencies.items()):
            p50, p99 = percentile(ms, 0.5), percentile(ms, 0.99)
            line = [name, f"{offered:.0f}", status, f"{len(ms) / args.seconds:.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{max(ms):.0f}"]
            rows.append([*line, f"{share:.2f}", f"{busy:.2f}"])
            print(rows[-1], file=sys.stderr)
        if missed:
            print(f"{name}: {missed} requests were not sent, all connections waiting", file=sys.stderr)
        return len(latencies[200]) / args.seconds

    with server(ours(args.geostance)) as (process, port):
        Client(port, N_CONNECTIONS).run(2)
        taken = tell("all it takes", N_CONNECTIONS)
        tell("half of that, before", N_CONNECTIONS, taken / 2)
        tell("twice of that", 64 + 128, 2 * taken)
        tell("half of that, after", N_CONNECTIONS, taken / 2)
        tell("all it takes", N_CONNECTIONS)
    print(f"192 connections where twice as many are offered, else {N_CONNECTIONS}; 64 requests are worked on or wait at most.\n")
    header = ["phase", "offered a second", "status", "answered a second", "p50 ms", "p99 ms", "longest ms"]
    table([*header, "share of the core", "of the client's"], rows)


# ---- schema -----------------------------------------------------------------------------------------------------


def schema(args):
    """Schemathesis without tokens and with them."""
    beside = pathlib.Path(sys.executable).with_name("schemathesis")
    program = str(beside) if beside.exists() else shutil.which("schemathesis")
    if not program:
        sys.exit("schema: schemathesis is not installed")
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        user, admin = secrets.token_hex(16), secrets.token_hex(16)
        (folder / "users").write_text(user + "\n")
        (folder / "admins").write_text(admin + "\n")
        asked = ["--token-file", str(folder / "users")]
        changing = ["--admin-token-file", str(folder / "admins")]
        for name, options, token in [("no tokens", [], ""), ("tokens", asked + changing, admin)]:
            with server(ours(args.geostance, *options)) as (process, port):
                run = ["taskset", "-c", str(CLIENT_CORE), program, "run", f"http://127.0.0.1:{port}/openapi.json"]
                run += ["--checks", "all", "--max-time", str(args.seconds), "--seed", "1", "--no-color"]
                run += ["--continue-on-failure", "--suppress-health-check", "all"]
                if token:
                    run += ["--header", f"Authorization: Bearer {token}"]
                print(f"## {name}\n", flush=True)
                told = subprocess.run(run, cwd=folder, capture_output=True, text=True)
                # ports and tokens differ from run to run
                out = (told.stdout + told.stderr).replace(f":{port}", ":PORT").replace(admin, "ADMIN")
                print(out, flush=True)
                status |= told.returncode
                assert process.poll() is None, "the server is gone"
    sys.exit(status)


def main():
    if sys.argv[1:2] == ["peer"]:
        peer(sys.argv[2], int(sys.argv[3]), sys.argv[4])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_subparsers(required=True)
    for do, seconds in ((load, 10), (soak, 600), (overload, 10), (schema, 120)):
        part = what.add_parser(do.__name__, help=do.__doc__)
        if do is load:
            part.add_argument("newsmtsc")
            part.add_argument("--runs", type=int, default=5)
        part.add_argument("--seconds", type=int, default=seconds)
        part.add_argument("--geostance", default=str(ROOT / "target/release/geostance"))
        part.set_defaults(do=do)
    args = parser.parse_args()
    args.do(args)


if __name__ == "__main__":
    main()
