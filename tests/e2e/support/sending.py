"""Scripts that post to the server from within a page, in all the ways that a page has."""

from __future__ import annotations

#: Sends each of the bodies to the path, and returns the answers, or the errors.
SEND = """async ([path, bodies, headers]) => {
  const outcomes = [];
  for (const body of bodies) {
    try {
      const answer = await fetch(path, { method: "POST", headers, body });
      outcomes.push(await answer.text());
    } catch (error) {
      outcomes.push(String(error));
    }
  }
  return outcomes;
}"""

#: Ways to post `body` from a page other than `fetch` with a text.
SCRAPE_METHODS = {
    "a form with fields": """async (body) => {
      const form = new FormData();
      form.append("operations", body);
      form.append("map", "{}");
      await fetch("/graphql", { method: "POST", body: form });
    }""",
    "bytes": """async (body) => {
      const headers = { "Content-Type": "application/json" };
      const bytes = new TextEncoder().encode(body);
      await fetch("/graphql", { method: "POST", headers, body: bytes });
    }""",
    "a blob": """async (body) => {
      const blob = new Blob([body], { type: "application/json" });
      await fetch("/graphql", { method: "POST", body: blob });
    }""",
    "a request object": """async (body) => {
      const headers = { "Content-Type": "application/json" };
      await fetch(new Request("/graphql", { method: "POST", headers, body }));
    }""",
    "a request that outlives its page": """async (body) => {
      const headers = { "Content-Type": "application/json" };
      await fetch("/graphql", { method: "POST", headers, body, keepalive: true });
    }""",
    "XMLHttpRequest": """(body) => new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", "/graphql");
      request.setRequestHeader("Content-Type", "application/json");
      request.onload = resolve;
      request.onerror = reject;
      request.send(body);
    })""",
    "a frame's own fetch": """async (body) => {
      const frame = document.createElement("iframe");
      document.body.append(frame);
      const headers = { "Content-Type": "application/json" };
      await frame.contentWindow.fetch("/graphql", { method: "POST", headers, body });
    }""",
}
