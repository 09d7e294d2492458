// What a host page does: gives events to a map, hears what a person selects in it, and takes it away again.

const orders = [
  { customer: "ada", activity: "visited shop", time: "2024-03-01T09:00:00Z", channel: "web" },
  { customer: "ada", activity: "asked support", time: "2024-03-01T09:20:00Z", channel: "chat" },
  { customer: "ada", activity: "placed order", time: "2024-03-01T10:00:00Z", channel: "web" },
  { customer: "ben", activity: "visited shop", time: "2024-03-02T11:00:00Z", channel: "web" },
  { customer: "ben", activity: "placed order", time: "2024-03-02T11:10:00Z", channel: "app" },
  { customer: "cleo", activity: "visited shop", time: "2024-03-03T08:30:00Z", channel: "app" },
];

/** Came after the order, happened before it. */
const late = { customer: "ben", activity: "asked support", time: "2024-03-02T11:05:00Z", channel: "phone" };

await customElements.whenDefined("journey-map");
const map = document.getElementById("first");
const said = document.getElementById("said");

for (const type of ["journey-ready", "journey-select", "journey-change", "journey-error"]) {
  document.addEventListener(type, (event) => {
    said.textContent = `${type} of the ${event.target.id} map`;
  });
}

document.getElementById("append").addEventListener("click", async () => {
  await map.append([late], "late event");
});

document.getElementById("remove").addEventListener("click", (event) => {
  map.remove();
  event.target.disabled = true;
});

await map.append(orders, "shop");
