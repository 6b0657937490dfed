"""Scripts that write to Stash from within a page, in the ways that a browser has.

For tests of the guard, and for the control run without it that shows which of the ways would have
worked. Each is a JavaScript function of ``{body, document, stash}``: the JSON text and the GraphQL
text of the mutation, and the address that Stash itself listens on. It returns when the request is
on its way, or after a second.
"""

from __future__ import annotations

_HEADERS = '{"Content-Type": "application/json"}'
#: Opens a socket from where it runs, subscribes with a message made of `body`, and reports the end.
_SOCKET = """
const writeBySocket = (url, message, done) => {
  const socket = new WebSocket(url, "graphql-transport-ws");
  socket.onopen = () => socket.send(JSON.stringify({type: "connection_init"}));
  socket.onerror = socket.onclose = () => done("closed");
  socket.onmessage = (event) => {
    const type = JSON.parse(event.data).type;
    if (type === "connection_ack") socket.send(message);
    if (type === "next" || type === "error") done(event.data);
  };
};
"""
_MESSAGE = 'JSON.stringify({id: "1", type: "subscribe", payload: JSON.parse(body)})'
_WORKER = """
const inWorker = (kind, source, body) => new Promise((resolve) => {
  const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
  const base = location.origin;
  const say = (event) => resolve(event.data);
  if (kind === "shared") {
    const worker = new SharedWorker(url);
    worker.port.onmessage = say;
    worker.onerror = () => resolve("error");
    worker.port.postMessage({body, base});
  } else {
    const worker = new Worker(url, {type: kind});
    worker.onmessage = say;
    worker.onerror = () => resolve("error");
    worker.postMessage({body, base});
  }
});
"""
_DEDICATED = "onmessage = ({data: {body, base}}) => {%s; const say = (x) => postMessage(x); %s};"
_SHARED = (
    "onconnect = ({ports: [port]}) => {%s; const say = (x) => port.postMessage(x);"
    "port.onmessage = ({data: {body, base}}) => {%s}};"
)
_FETCH = (
    'fetch(base + "/graphql", {method: "POST", headers: HEADERS, body})'
    ".then((a) => a.text()).then(say, (e) => say(String(e)))".replace("HEADERS", _HEADERS)
)
_SEND = f'writeBySocket(base.replace("http", "ws") + "/graphql", {_MESSAGE}, say)'


def _in_worker(kind: str, script: str) -> str:
    frame = _SHARED if kind == "shared" else _DEDICATED
    source = frame % (_SOCKET, script)
    return f"({{body}}) => {{{_WORKER} return inWorker({kind!r}, {source!r}, body); }}"


def _by_socket(message: str) -> str:
    return (
        f"({{body}}) => {{{_SOCKET} return new Promise((done) => "
        f'writeBySocket(location.origin.replace("http", "ws") + "/graphql", {message}, done)); }}'
    )


def _by_fetch(options: str, *, path: str = '"/graphql"') -> str:
    return (
        f"({{body, document, stash}}) => fetch({path}, {{method: 'POST', {options}}})"
        ".then((a) => a.text(), String)"
    )


WAYS: dict[str, str] = {
    "fetch": _by_fetch(f"headers: {_HEADERS}, body"),
    "fetch, keepalive": _by_fetch(f"headers: {_HEADERS}, body, keepalive: true"),
    "fetch, bytes": _by_fetch(f"headers: {_HEADERS}, body: new TextEncoder().encode(body)"),
    "fetch, slash behind": _by_fetch(f"headers: {_HEADERS}, body", path='"/graphql/"'),
    "fetch, slashes before": _by_fetch(
        f"headers: {_HEADERS}, body", path='location.origin + "//graphql"'
    ),
    "fetch, encoded path": _by_fetch(f"headers: {_HEADERS}, body", path='"/%67raphql"'),
    "fetch, capitals": _by_fetch(f"headers: {_HEADERS}, body", path='"/GraphQL"'),
    "fetch, bytes behind the JSON": _by_fetch(f"headers: {_HEADERS}, body: body + ' x'"),
    "fetch, key twice": _by_fetch(
        f"headers: {_HEADERS}, body: body.replace('{{', '{{\"query\":\"{{version{{version}}}}\",')"
    ),
    "fetch, list of operations": _by_fetch(f"headers: {_HEADERS}, body: '[' + body + ']'"),
    "fetch, another method": (
        "({body}) => fetch('/graphql', {method: 'PUT', headers: HEADERS, body})"
        ".then((a) => a.text(), String)".replace("HEADERS", _HEADERS)
    ),
    "fetch, as GraphQL": _by_fetch(
        "headers: {'Content-Type': 'application/graphql'}, body: document"
    ),
    "fetch, as a form": _by_fetch("body: new URLSearchParams({query: document})"),
    "fetch, as multipart": (
        "({body}) => { const form = new FormData(); form.append('operations', body);"
        "form.append('map', '{}');"
        "return fetch('/graphql', {method: 'POST', body: form}).then((a) => a.text(), String); }"
    ),
    "fetch, by the server's own address": _by_fetch(
        f"headers: {_HEADERS}, body", path='stash + "/graphql"'
    ),
    "fetch, by another name of this machine": _by_fetch(
        f"headers: {_HEADERS}, body", path='stash.replace("127.0.0.1", "localhost") + "/graphql"'
    ),
    "fetch, no CORS": _by_fetch(
        "mode: 'no-cors', headers: {'Content-Type': 'text/plain'}, body", path='stash + "/graphql"'
    ),
    "GET": (
        "({document}) => fetch('/graphql?query=' + encodeURIComponent(document))"
        ".then((a) => a.text(), String)"
    ),
    "XMLHttpRequest": (
        "({body}) => new Promise((done) => { const r = new XMLHttpRequest();"
        "r.open('POST', '/graphql'); r.setRequestHeader('Content-Type', 'application/json');"
        "r.onloadend = () => done(r.responseText); r.send(body); })"
    ),
    "beacon": (
        "({body}) => new Promise((done) => { navigator.sendBeacon('/graphql',"
        "new Blob([body], {type: 'application/json'})); setTimeout(done, 1000, 'sent'); })"
    ),
    "fetchLater": (
        "({body}) => new Promise((done) => { if (!window.fetchLater) return done('unknown');"
        "fetchLater('/graphql', {method: 'POST', headers: HEADERS, body, activateAfter: 0});"
        "setTimeout(done, 1000, 'sent'); })".replace("HEADERS", _HEADERS)
    ),
    "ping of a link": (
        "() => new Promise((done) => { const a = document.createElement('a');"
        "a.href = '#'; a.ping = '/graphql'; document.body.append(a); a.click();"
        "setTimeout(done, 1000, 'sent'); })"
    ),
    "frame": (
        "({body}) => { const f = document.createElement('iframe'); document.body.append(f);"
        "return f.contentWindow.fetch('/graphql', {method: 'POST', headers: HEADERS, body})"
        ".then((a) => a.text(), String); }".replace("HEADERS", _HEADERS)
    ),
    "form": (
        "({document: text}) => new Promise((done) => {"
        "const hole = Object.assign(document.createElement('iframe'), {name: 'hole'});"
        "const form = Object.assign(document.createElement('form'),"
        "{action: '/graphql', method: 'post', target: 'hole'});"
        "form.append(Object.assign(document.createElement('input'), {name: 'query', value: text}));"
        "document.body.append(hole, form); hole.onload = () => done('sent'); form.submit();"
        "setTimeout(done, 1000, 'sent'); })"
    ),
    "worker": _in_worker("classic", _FETCH),
    "module worker": _in_worker("module", _FETCH),
    "shared worker": _in_worker("shared", _FETCH),
    "worker of a worker": _in_worker(
        "classic",
        "const inner = new Worker(URL.createObjectURL(new Blob(["
        "'onmessage = ({data: {body, base}}) => {const say = (x) => postMessage(x); "
        f"{_FETCH}}}'"
        "])));inner.onmessage = ({data}) => say(data); inner.postMessage({body, base})",
    ),
    "service worker": (
        "({body}) => navigator.serviceWorker ? navigator.serviceWorker.register('/sw.js')"
        ".then(() => 'registered', String) : Promise.resolve('unknown')"
    ),
    "socket": _by_socket(_MESSAGE),
    "socket, words behind the JSON": _by_socket(f"{_MESSAGE} + ' x'"),
    "socket, bytes": _by_socket(f"new TextEncoder().encode({_MESSAGE})"),
    "socket, broken UTF-8 in a comment": _by_socket(
        "(() => { const bytes = [...new TextEncoder().encode("
        + _MESSAGE.replace(
            "JSON.parse(body)", '{...JSON.parse(body), query: "#~\\n" + JSON.parse(body).query}'
        )
        + ")]; bytes[bytes.indexOf(126)] = 255; return new Uint8Array(bytes); })()"
    ),
    "socket, older protocol": _by_socket(_MESSAGE.replace('"subscribe"', '"start"')),
    "socket of a worker": _in_worker("classic", _SEND),
    "socket of a shared worker": _in_worker("shared", _SEND),
}
