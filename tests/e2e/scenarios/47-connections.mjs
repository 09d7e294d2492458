// Connections: vendors' own documents answered by Prism, and a helpdesk, both behind the real gate.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Clerk, freePort, startGate, startHelpdesk, startPrism, TOKEN } from "../lib/gate.mjs";
import { assertNoFaults, Product, publicLog } from "../lib/product.mjs";

/** Longest wait for something to be read and shown. */
const READ_MILLIS_MAX = 60_000;

async function until(what, holds) {
  const giveUp = Date.now() + READ_MILLIS_MAX;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (Date.now() > giveUp) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** Opens the page behind the gate and gets in. */
async function enter(desk, gate, nUpstreams) {
  const view = await desk.open({ address: gate.address });
  const product = new Product(view.page);
  await product.ready();
  await product.part("open-connections").click();
  await product.part("gate-token").fill(TOKEN);
  await product.part("gate-save").click();
  await until("the gate is reached", async () => (await product.part("gate-state").innerText()).startsWith(String(nUpstreams)));
  return { view, product };
}

const connection = (product, name) => product.root.locator(`[data-testid="connection"][data-name=${JSON.stringify(name)}]`);

async function upToDate(product, name) {
  const card = connection(product, name);
  await until(`${name} is up to date`, async () => {
    const activity = await card.getAttribute("data-activity");
    if (activity === "stopped") throw new Error(await card.getByTestId("trouble").innerText());
    return activity === "waiting" && (await card.getByTestId("last-sync").innerText()) !== "–";
  });
  return card;
}

/** Reads a document from a file, chooses operations by a search, and keeps the connection. */
async function connect(product, { document, ...choices }) {
  await product.part("document-file").setInputFiles(document);
  await sketch(product, choices);
}

/** Chooses operations of the document that was read, by a search for each, and keeps the connection. */
async function sketch(product, { choose, name, upstream, parts = {} }) {
  await product.part("finder").waitFor();
  for (const [id, words] of Object.entries(choose)) {
    await product.part("find").fill(words);
    const button = product.root.locator(`[data-testid="choose"][data-id=${JSON.stringify(id)}]`);
    await button.click();
    await until(`${id} is chosen`, async () => (await button.getAttribute("aria-pressed")) === "true");
  }
  await product.part("name").fill(name);
  await product.part("name").blur();
  await product.part("upstream").selectOption(upstream);
  for (const [key, value] of Object.entries(parts)) {
    const part = product.part(key);
    if ((await part.evaluate((element) => element.tagName)) === "SELECT") await part.selectOption(value);
    else await part.fill(value);
    await part.blur();
  }
  await until("the sketch can be kept", async () => (await product.part("sketch-problem").count()) === 0);
  await product.part("sketch-keep").click();
  await connection(product, name).waitFor();
}

async function intercom(desk) {
  const document = publicLog("openapi-official/intercom/api.intercom.io.yaml");
  const prism = await startPrism(document);
  if (!prism) return;
  const bearer = '{ kind = "bearer", secret = { env = "SCENARIO_KEY" } }';
  const gate = await startGate({ intercom: { base: prism.address, allow: ["GET /conversations", "POST /conversations/{id}/reply"], auth: bearer } });
  try {
    const { view, product } = await enter(desk, gate, 1);
    await connect(product, {
      document,
      choose: { listConversations: "list conversations", replyConversation: "reply conversation" },
      name: "Intercom",
      upstream: "intercom",
    });
    const facts = await product.part("connections").innerText();
    assert.ok(!facts.includes("a-key-that-no-browser-sees"), "the key stays at the gate");
    await connection(product, "Intercom").getByTestId("sync").click();
    await upToDate(product, "Intercom");
    const nEvents = await until("events are shown", () => product.nEvents().catch(() => 0));
    const real = await (await fetch(`${prism.address}/conversations`, { headers: { authorization: "Bearer x" } })).json();
    assert.ok(nEvents >= real.conversations.length, "an event or two for each conversation that the vendor's example has");

    const [download] = await Promise.all([view.page.waitForEvent("download"), connection(product, "Intercom").getByTestId("share-connection").click()]);
    const file = JSON.parse(await readFile(await download.path(), "utf8"));
    assert.equal(file.reads[0].path, "/conversations", "the file says what is read");

    await view.page.reload();
    await product.ready();
    await product.mapDrawn();
    await product.tab("connections").click();
    await upToDate(product, "Intercom");
    assert.equal(await product.nEvents(), nEvents, "after a reload nothing is there twice");
    await connection(product, "Intercom").getByTestId("pause").click();
    await product.tab("map").click();
    await product.mapDrawn();
    await assertNoFaults(view);
  } finally {
    await gate.close();
    prism.close();
  }
}

async function twilio(desk) {
  const document = publicLog("openapi-official/twilio/twilio_conversations_v1.json");
  const prism = await startPrism(document);
  if (!prism) return;
  const basic = '{ kind = "basic", user = { env = "SCENARIO_KEY" }, password = { env = "SCENARIO_PASSWORD" } }';
  const messages = "/v1/Conversations/{sid}/Messages";
  const allow = ["GET /v1/Conversations", `GET ${messages}`, `POST ${messages}`];
  const gate = await startGate({ twilio: { base: prism.address, allow, auth: basic } });
  try {
    const { view, product } = await enter(desk, gate, 1);
    await connect(product, {
      document,
      choose: {
        ListConversation: "list conversation",
        ListConversationMessage: "list conversation message",
        CreateConversationMessage: "create conversation message",
      },
      name: "Twilio",
      upstream: "twilio",
      parts: { "read/0/customer": "sid", "read/0/activity": "Conversation began", "read/1/customer": "conversation_sid", "read/1/activity": "Message" },
    });
    const card = connection(product, "Twilio");
    await card.getByTestId("sync").click();
    await upToDate(product, "Twilio");
    // The messages of a conversation are asked for with the ids that the list of conversations gave.
    const ask = async (path) => (await fetch(`${prism.address}${path}`, { headers: { authorization: "Basic eDp4" } })).json();
    const { conversations } = await ask("/v1/Conversations");
    const told = await ask(`/v1/Conversations/${conversations[0].sid}/Messages`);
    // In Twilio's examples several messages have one id: then it is one message that has changed.
    const wanted = new Set([...conversations, ...told.messages].map((it) => it.sid)).size;
    await until("conversations and their messages are events", async () => (await product.nEvents().catch(() => 0)) >= wanted);

    await card.getByTestId("write").first().click();
    await product.part("field-ConversationSid").fill(conversations[0].sid);
    await product.part("field-Body").fill("Your parcel is on its way.");
    await product.part("write-show").click();
    assert.match(await product.part("outgoing").innerText(), /Body=Your%20parcel%20is%20on%20its%20way\./, "a form, as Twilio takes it");
    await product.part("write-send").click();
    const receipt = product.part("receipt");
    await receipt.waitFor();
    assert.equal(await receipt.getByTestId("verdict").getAttribute("data-verdict"), "made", await receipt.innerText());
    await card.getByTestId("pause").click();
    await product.tab("map").click();
    await product.node("Conversation began").waitFor();
    await product.node("Message").waitFor();
    await assertNoFaults(view);
  } finally {
    await gate.close();
    prism.close();
  }
}

async function refused(desk) {
  const document = publicLog("openapi-official/hubspot/contacts.json");
  const prism = await startPrism(document);
  if (!prism) return;
  const bearer = '{ kind = "bearer", secret = { env = "SCENARIO_KEY" } }';
  const gate = await startGate({ hubspot: { base: prism.address, allow: ["GET /nothing"], auth: bearer } });
  try {
    const { product } = await enter(desk, gate, 1);
    await connect(product, {
      document,
      choose: { "get-/crm/objects/2026-03/contacts_getPage": "retrieve contacts" },
      name: "HubSpot",
      upstream: "hubspot",
      parts: { "read/0/customer": "id", "read/0/time": "createdAt" },
    });
    await connection(product, "HubSpot").getByTestId("sync").click();
    const said = await until("the refusal is told", async () => {
      const trouble = connection(product, "HubSpot").getByTestId("trouble");
      return (await trouble.count()) > 0 && trouble.innerText();
    });
    assert.match(said, /does not allow/, "whose refusal it is");
    assert.match(said, /allow/, "and what to do");
  } finally {
    await gate.close();
    prism.close();
  }
}

/** A gate with a helpdesk behind it that calls it, and a clerk in front of the helpdesk's own pages. */
async function withHelpdesk(desk, act) {
  const port = await freePort();
  const server = await startHelpdesk(`http://127.0.0.1:${port}/proxy/hooks/helpdesk`);
  if (!server) return;
  const basic = '{ kind = "basic", user = "desk", password = { env = "SCENARIO_PASSWORD" } }';
  const allow = ["GET /openapi", "GET /api/tickets/", "GET /api/followups/", "POST /api/followups/"];
  const gate = await startGate({ helpdesk: { base: server.address, allow, auth: basic } }, { called: ["helpdesk"], port });
  const clerk = await Clerk.signIn(desk.browser, server);
  try {
    await act({ gate, server, clerk });
  } finally {
    await clerk.close();
    await gate.close();
    server.close();
  }
}

/** Reads the helpdesk's own document through the gate, and keeps what a person would choose of it. */
async function connectHelpdesk(product) {
  await product.part("document-upstream").selectOption("helpdesk");
  await product.part("document-path").fill("/openapi?format=openapi-json");
  await product.part("document-fetch").click();
  await sketch(product, {
    choose: { listTickets: "list tickets", listFollowUps: "list follow ups", createFollowUp: "create follow up" },
    name: "Helpdesk",
    upstream: "helpdesk",
    parts: {
      "read/0/activity": "Ticket received",
      "read/0/customer": "id",
      "read/0/time": "followup_set[].date",
      "read/0/text": "description",
      "read/1/activity": "{title}",
      "read/1/customer": "ticket",
      "read/1/time": "date",
      "read/1/text": "comment",
    },
  });
  return connection(product, "Helpdesk");
}

/** Fills a comment in, looks at what will go out, and approves it. */
async function comment(product, card, fields) {
  await product.tab("connections").click();
  await card.getByTestId("write").first().click();
  for (const [name, value] of Object.entries(fields)) await product.part(`field-${name}`).fill(value);
  await product.part("write-show").click();
  const shown = await product.part("outgoing").innerText();
  assert.match(shown, /^POST http:\/\/127\.0\.0\.1:\d+\/api\/followups\//, "the address");
  assert.ok(shown.includes(fields.comment), "the body");
  return async () => {
    await product.part("write-send").click();
    await product.part("receipt").waitFor();
    const receipt = product.part("receipt");
    assert.equal(await receipt.getByTestId("verdict").getAttribute("data-verdict"), "made", await receipt.innerText());
    assert.ok(await product.part("write-send").isDisabled(), "what was made is not sent again");
  };
}

async function helpdesk(desk) {
  await withHelpdesk(desk, async ({ gate, server, clerk }) => {
    const { view, product } = await enter(desk, gate, 1);
    const card = await connectHelpdesk(product);
    await card.getByTestId("sync").click();
    await upToDate(product, "Helpdesk");
    const count = async () => (await server.ask("GET", "/api/tickets/?page_size=1")).count + (await server.ask("GET", "/api/followups/?page_size=1")).count;
    const read = await count();
    await until("every ticket and every follow-up is an event", async () => (await product.nEvents().catch(() => 0)) === read);
    // From here on only the helpdesk's own call can be what it was.
    await card.getByTestId("every").selectOption("3600");
    await until("the gate's calls are heard", async () => /listening/.test(await product.part("gate-state").innerText()));

    await product.tab("map").click();
    await product.node("Ticket received").waitFor();
    assert.equal(await product.node("Invoice is wrong and Resolved").count(), 0, "nobody has solved it yet");
    const calls = await gate.listen();
    const saved = await clerk.answer(1, { comment: "There was a digit too many.", state: "resolved" });
    await product.node("Invoice is wrong and Resolved").waitFor({ timeout: READ_MILLIS_MAX });
    const drawn = Date.now();
    await until("the call is heard by every tab", () => calls.times.length > 0);
    calls.close();
    console.log(`      from the helpdesk's page to the map: ${drawn - saved} ms, from the gate's call to the map: ${drawn - calls.times[0]} ms`);
    assert.equal(await product.nEvents(), read + 1, "what was there is not there twice");

    // Written here, found there, once.
    const send = await comment(product, card, { ticket: "2", user: "1", title: "Called back", comment: "Der Kunde ist zufrieden." });
    assert.ok(!(await clerk.ticket(2)).includes("zufrieden"), "nothing goes out before it is approved");
    await send();
    assert.match(await clerk.ticket(2), /Called back[^]*Der Kunde ist zufrieden\./, "the helpdesk's own page has it");
    const all = await server.ask("GET", "/api/followups/?page_size=1000");
    assert.equal(all.results.filter((it) => it.title === "Called back").length, 1, "it was written once");
    await until("what was written is on the map too", async () => (await product.nEvents()) === read + 2);
    await view.page.screenshot({ path: path.join(desk.shots, "connections helpdesk.png"), fullPage: true });

    // After a reload it goes on by itself, without a second copy of anything; the receipt is there.
    await view.page.reload();
    await product.ready();
    await product.mapDrawn();
    await clerk.answer(3, { comment: "And now?", state: "reopened" });
    await until("it goes on after a reload", async () => (await product.nEvents()) === (await count()));
    await product.tab("connections").click();
    await card.getByTestId("receipts").waitFor({ state: "attached" });

    await ledger(view, product, gate);
    await assertNoFaults(view);
  });
}

/** The ledger against what the browser really asked. */
async function ledger(view, product, gate) {
  await product.part("ledger").locator("summary").click();
  await product.part("ledger-call").first().waitFor();
  const hosts = await product.part("ledger-host").evaluateAll((rows) => rows.map((row) => row.dataset.host));
  assert.deepEqual(hosts, [new URL(gate.address).host], "this tab spoke to the gate and to nobody else");
  assert.match(await product.part("ledger-other").innerText(), /^0 /, "and nothing went past the ledger");
  const outside = view.requests.filter((url) => /^https?:/.test(url) && new URL(url).origin !== new URL(gate.address).origin);
  assert.deepEqual(outside, [], "so says the browser itself");
}

async function shots(desk) {
  for (const [width, height, theme] of [[1440, 900, "light"], [1440, 900, "dark"], [390, 844, "light"], [390, 844, "dark"]]) {
    const view = await desk.open({ width, height, theme });
    const product = new Product(view.page);
    await product.ready();
    await product.part("open-connections").click();
    const shot = async (name) => {
      await view.page.waitForTimeout(500);
      await view.page.screenshot({ path: path.join(desk.shots, `connections ${width} ${theme} ${name}.png`) });
    };
    await product.part("ready").first().waitFor();
    await shot("0 empty");
    await product.root.getByRole("button", { name: "Zendesk" }).click();
    await product.part("sketch").waitFor();
    await product.part("sketch").scrollIntoViewIfNeeded();
    await shot("1 sketch");
    await product.part("sketch-keep").click();
    await connection(product, "Zendesk").waitFor();
    await connection(product, "Zendesk").getByTestId("write").first().click();
    await product.part("write-form").waitFor();
    await shot("2 connection");
    await connection(product, "Zendesk").getByTestId("sync").click();
    await connection(product, "Zendesk").getByTestId("trouble").waitFor();
    await shot("3 trouble");
    await view.close();
  }
}

export default {
  "a vendor's document becomes a connection that is read, kept and gone on with": intercom,
  "Twilio's conversations and their messages are read, and one is written": twilio,
  "a gate that does not allow something says so, and what to do": refused,
  "a helpdesk is read, followed and written to, and the ledger has every request": helpdesk,
  "a connection that comes with the program, in pictures": shots,
};
