// The page of its own: takes the start message away once the map is up, or says why it can't come up.

// This script may come before the page is read to its end.
if (document.readyState === "loading") {
  await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
}

const start = document.getElementById("start");

function explain(title, text) {
  start.querySelector("h1").textContent = title;
  start.querySelector("p").textContent = text;
  start.setAttribute("role", "alert");
  start.hidden = false;
}

const map = document.querySelector("journey-map");
map.addEventListener("journey-ready", () => (start.hidden = true), { once: true });
map.addEventListener("journey-error", () => (start.hidden = true));

if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
  explain(
    "This browser cannot run Desirepath",
    "It needs WebAssembly and Web Workers. Every Chrome, Edge, Firefox and Safari since 2023 has them, " +
      "unless they were turned off in its settings or by an administrator.",
  );
} else {
  import("./element.js").catch((cause) => {
    explain("Desirepath could not start", `A part of it could not be loaded (${cause.message}). Reload the page.`);
  });
}
