"""Promise P18: authentication cannot be bypassed. The routes are read from the program's own tables: every one is asked
without a key, with keys that are nearly right and with injections, and on the operators' listener by every role. SQL is
prepared; where sqlmap is installed it tries as well."""

import re
import subprocess

import promise
import harness
from dashboard_test import PASSWORD, RANK, USERS, Browser, contract, hash_of
from wire import Client, Upstream, ask, whole

INJECTIONS = ("' OR '1'='1", "'; DROP TABLE keys; --", "\" OR \"\"=\"", "1 UNION SELECT NULL--", "admin'--", "%27%20OR%201=1",
              "') OR ('1'='1", "\\' OR 1=1 #", "{{7*7}}", "${jndi:ldap://x}", "../../etc/passwd", "null", "undefined", "*")
EACH = 90  # seconds, for each of sqlmap's targets
OPEN = {"/livez", "/readyz", "/metrics"}


def routes():
    """Path and method of each endpoint for clients, from the table in the source."""
    with open(f"{promise.ROOT}/src/gateway/worker.cc", encoding="utf-8") as file:
        text = file.read()
    named = dict(re.findall(r'string_view (k\w+) = "(/[^"]+)"', text))
    found = re.findall(r'\{("[^"]+"|k\w+), http::Method::k(\w+)\}', text)
    return [(path.strip('"') if path.startswith('"') else named[path], method.upper()) for path, method in found]


def status_of(port, method, path, authorization=None):
    with Client(port) as client:
        fields = [("Authorization", authorization)] if authorization is not None else []
        if method == "POST":
            client.post(harness.chat(), fields, path=path)
        else:
            lines = [f"GET {path} HTTP/1.1", "Host: t", *(f"{name}: {value}" for name, value in fields), "", ""]
            client.send("\r\n".join(lines).encode())
        return client.read().status


def bad_keys(key, revoked):
    """None, and what is nearly right."""
    return [None, "", "Bearer", "Bearer ", f"Bearer {key[:-1]}", f"Bearer {key[:20]}", f"Bearer {key}x", f"Bearer {key.upper()}",
            f"Basic {key}", key, f"Bearer {revoked}", "Bearer null", f"Bearer {key[::-1]}",
            *(f"Bearer {text}" for text in INJECTIONS), *(f"Bearer {key}{text}" for text in INJECTIONS)]


def keys(gateway, *arguments):
    return promise.command("keys", *arguments, "--config", gateway.config_path, directory=gateway.directory).stdout.strip()


def for_clients(run):
    upstream = run.enter(Upstream(lambda peer, _: peer.send(whole())))
    gateway = run.enter(harness.Gateway(harness.config({"up": harness.provider(upstream.port)}, {"m": "up"})))
    key = keys(gateway, "create", "--name", "good", "--quiet")
    revoked = keys(gateway, "create", "--name", "gone", "--quiet")
    keys(gateway, "revoke", "gone")
    harness.wait_until(lambda: status_of(gateway.port, "GET", "/v1/models") == 401, "keys are needed")
    harness.wait_until(lambda: status_of(gateway.port, "GET", "/v1/models", f"Bearer {revoked}") == 401, "the key is revoked")
    tried, passed = 0, []
    for path, method in routes():
        if path in OPEN:
            continue
        for authorization in bad_keys(key, revoked):
            tried += 1
            status = status_of(gateway.port, method, path, authorization)
            if status not in (400, 401):  # 400: no field of HTTP
                passed.append(f"{method} {path} {authorization!r}: {status}")
        run.require(status_of(gateway.port, method, path, f"Bearer {key}") != 401, f"{path} refuses a good key")
    run.equal([], passed, "routes that let in")
    before = len(upstream.requests)
    run.equal(200, ask(gateway.port, harness.chat(), [("Authorization", f"Bearer {key}")]).status, "a good key")
    run.require(len(upstream.requests) == before + 1, "the good key's request did not arrive")
    return tried, gateway, key


def for_operators(run):
    hashed = hash_of(PASSWORD)
    users = {name: {"password": hashed, "role": role} for name, role in USERS.items()}
    configuration = harness.config({"up": harness.provider(9)}, {"m": "up"}, admin={"address": "127.0.0.1:0", "users": users})
    gateway = run.enter(harness.Gateway(configuration))
    port = int(gateway.process.expect(r"dashboard is at http://127\.0\.0\.1:(\d+)/dashboard/").group(1))
    people = {name: Browser(port) for name in USERS}
    for name, browser in people.items():
        run.equal(200, browser.sign_in(name)[0], f"{name} signs in")
    forged = Browser(port)
    forged.cookie = people["ada"].cookie[:-4] + "AAAA"
    tried, wrong = 0, []
    for endpoint in contract.endpoints():
        if endpoint["path"] in ("/login", "/logout") or endpoint.get("stream"):
            continue
        path = re.sub(r"\{\w+\}", "0123abcd", endpoint["path"])
        body = {} if endpoint["method"] == "POST" else None
        for who, role in (*USERS.items(), ("nobody", "none"), ("forged", "none")):
            allowed = RANK[role] >= RANK[endpoint["role"]]
            if allowed and endpoint["method"] != "GET":
                continue  # would be done
            browser = people.get(who) or (forged if who == "forged" else Browser(port))
            status = browser.api(endpoint["method"], path, body)[0]
            tried += 1
            wanted = status not in (401, 403) if allowed else status == (401 if role == "none" else 403)
            if not wanted:
                wrong.append(f"{endpoint['method']} {path} as {who}: {status}")
    run.equal([], wrong, "roles let in or shut out wrongly")
    return tried, port, people["ada"].cookie


def prepared(run):
    """No value stands between quotes of SQL, and one function alone runs what was not prepared."""
    listed = subprocess.run(["git", "ls-files", "src/*.cc", "src/*.h"], cwd=promise.ROOT, capture_output=True, text=True,
                            check=True).stdout.split()
    spliced, executes = [], []
    for name in listed:
        with open(f"{promise.ROOT}/{name}", encoding="utf-8") as file:
            text = file.read()
        if "sqlite3_exec(" in text and not name.endswith("_test.cc"):
            executes.append(name)
        if name.endswith("_test.cc"):
            continue
        for sql in re.findall(r'"[^"\n]*\b(?:SELECT|INSERT|UPDATE|DELETE|WHERE)\b[^"\n]*"(?:\s*\+)?', text):
            if re.search(r"'\"\s*\+|'\{\}'|= *\"\s*\+", sql):
                spliced.append(f"{name}: {sql}")
    run.equal([], spliced, "values spliced into SQL")
    run.equal(["src/ledger_sqlite/database.cc"], executes, "sources that call sqlite3_exec")


def sqlmap(run, arguments):
    """Whether it says that something can be injected, how many requests it made, and whether it came to its end."""
    command = [promise.on_path("sqlmap"), "--batch", "--level", "5", "--risk", "3", "--flush-session", "--threads", "4",
               "--technique", "BEU", "--dbms", "SQLite", "--disable-coloring", "--output-dir",
               run.enter(harness.Gateway({}, start=False)).directory, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=EACH, check=False, stdin=subprocess.DEVNULL)
        output = done.stdout
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode(errors="replace")
    ended = "do not appear to be injectable" in output
    if not ended:
        run.note(output[-1500:])
    return bool(re.search(r"Type: |is vulnerable|sqlmap identified the following injection", output)), ended


def targets(gateway, key, port, cookie):
    """Every place where a value of a client or an operator arrives: * marks it where sqlmap would not find it."""
    client, operator = f"http://127.0.0.1:{gateway.port}", f"http://127.0.0.1:{port}/admin/v1"
    sent = "Content-Type: application/json\nAuthorization: Bearer "
    yield ["-u", f"{client}/v1/models", "--headers", "Authorization: Bearer x*", "--ignore-code", "401"]
    yield ["-u", f"{client}/v1/chat/completions", "--data", '{"model":"auto*","user":"u*","messages":[{"role":"user","content":"x*"}]}',
           "--headers", sent + key]
    yield ["-u", f"{client}/v1/feedback", "--data", '{"decision_id":"0123*","label":"simple*"}', "--headers", sent + key,
           "--ignore-code", "400,404,422"]
    yield ["-u", f"{operator}/login", "--data", '{"user":"ada*","password":"x*"}', "--headers",
           "Content-Type: application/json\nx-pointsman-csrf: 1", "--ignore-code", "401,429"]
    for endpoint in contract.endpoints():
        if endpoint["method"] != "GET" or endpoint.get("stream") or not (endpoint["query"] or "{" in endpoint["path"]):
            continue
        path = re.sub(r"\{\w+\}", "0123abcd*", endpoint["path"])
        query = "&".join(f"{name}=1" for name in endpoint["query"])
        yield ["-u", f"{operator}{path}{'?' if query else ''}{query}", "--cookie", cookie, "--headers", "x-pointsman-csrf: 1",
               "--skip", "cookie,host,user-agent,referer", "--ignore-code", "400,401,404"]


def inject(run, gateway, key, port, cookie):
    found, ended, tried = [], 0, 0
    for arguments in targets(gateway, key, port, cookie):
        injectable, at_its_end = sqlmap(run, arguments)
        tried, ended = tried + 1, ended + at_its_end
        run.note(f"sqlmap {arguments[1]}: {'to its end' if at_its_end else 'not to its end'}")
        if injectable:
            found.append(arguments[1])
    run.value("sqlmap_targets", tried)
    run.tried(f"sqlmap level 5 risk 3 (boolean, error and union techniques, SQLite, {EACH} s at most for each) on Authorization, "
              f"bodies and queries: {tried} targets, {ended} worked through to their end, {len(found)} injections")
    run.equal([], found, "targets that sqlmap calls injectable")


def measure(run):
    clients, gateway, key = for_clients(run)
    operators, port, cookie = for_operators(run)
    prepared(run)
    run.tried(f"{len(routes())} routes of clients x {clients // max(1, len(routes()) - len(OPEN))} keys that are none: {clients} "
              f"refused; {operators} pairs of role and route of the operators' API as the table says; SQL is prepared")
    if run.small:
        return
    if not promise.on_path("sqlmap"):
        run.tried("sqlmap is not installed")
        return
    inject(run, gateway, key, port, cookie)
    run.require(ask(gateway.port, harness.chat(), [("Authorization", f"Bearer {key}")]).status == 200, "not served afterwards")


if __name__ == "__main__":
    promise.main("P18", "authentication cannot be bypassed", measure)
