// The WebSocket of every page: finished scans and jobs, with reconnection.

import { applyFaults } from "./breakage.js";
import { resetStore } from "./store.js";
import { toast } from "./toasts.js";

const SUBSCRIPTIONS = {
  ScanCompleteSubscribe: "subscription ScanCompleteSubscribe { scanCompleteSubscribe }",
  JobsSubscribe: `subscription JobsSubscribe { jobsSubscribe { type job { id status subTasks
    description progress error startTime __typename } __typename } }`,
};

let lost = false;
let wait = 1000;

export function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/graphql`, "graphql-transport-ws");
  const say = (frame) => socket.send(JSON.stringify(frame));
  socket.onopen = () => say({ type: "connection_init", payload: { sandbox: true } });
  socket.onmessage = (message) => {
    const frame = JSON.parse(message.data);
    if (frame.type === "connection_ack") {
      for (const [operationName, query] of Object.entries(SUBSCRIPTIONS)) {
        say({ id: identifier(), type: "subscribe", payload: { operationName, query } });
      }
      if (lost) toast.success("Websocket connection re-established");
      lost = false;
      wait = 1000;
    } else if (frame.type === "next" && frame.payload.data?.scanCompleteSubscribe) {
      resetStore();
    } else if (frame.type === "sandbox") {
      applyFaults(frame.payload);
    }
  };
  socket.onclose = () => {
    if (!lost && document.visibilityState !== "hidden") {
      const text = "Unable to make websocket connection: see browser console for details";
      setTimeout(() => lost && toast.error(text), 2000);
    }
    lost = true;
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, 15000);
  };
}

const identifier = () => Math.random().toString(36).slice(2) + Date.now().toString(36);
