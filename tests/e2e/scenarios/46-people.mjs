// Who is one: two exports with overlapping persons become one company, and a person decides, splits and takes back.
import assert from "node:assert/strict";
import { N, N_CUSTOMERS, N_RECORDS, importBoth } from "../lib/people.mjs";
import { assertNoFaults, Product } from "../lib/product.mjs";

/** Longest wait for a change to be seen. */
const SETTLE_MILLIS_MAX = 30_000;

/** The room of the people. */
class People {
  constructor(product) {
    this.product = product;
    this.page = product.page;
  }

  part(name) {
    return this.product.part(name);
  }

  async enter(section) {
    await this.product.tab("people").click();
    if (section) await this.part(`people-${section}`).click();
    await this.settled();
  }

  async settled() {
    await this.page.waitForTimeout(150);
    await this.product.root.locator('[data-testid="people-facts"][aria-busy="false"]').waitFor({ timeout: SETTLE_MILLIS_MAX });
  }

  async number(id) {
    return Number((await this.part(id).innerText()).replaceAll(/[^0-9]/g, ""));
  }

  async shows(id, wanted, what) {
    const giveUp = Date.now() + SETTLE_MILLIS_MAX;
    let shown = NaN;
    while (Date.now() < giveUp) {
      shown = await this.number(id);
      if (shown === wanted) return;
      await this.page.waitForTimeout(50);
    }
    assert.equal(shown, wanted, what);
  }

  /** The pair under review: the keys of its records, and how many pairs there are. */
  async pair() {
    await this.product.root.locator('[data-testid="review"][aria-busy="false"]').waitFor({ timeout: SETTLE_MILLIS_MAX });
    const heads = await this.part("pair").locator('thead th[scope="col"] bdi').allInnerTexts();
    const place = await this.part("review-place").innerText();
    return { keys: heads.slice(0, 2), nPairs: Number(place.match(/of ([\d,]+)/)[1].replaceAll(",", "")) };
  }

  async look(words) {
    await this.part("people-search").fill(words);
    await this.settled();
    await this.product.root.locator('[data-testid="customers"][aria-busy="false"]').waitFor();
  }

  rows() {
    return this.part("customers").getByTestId("customer");
  }
}

async function opened(desk, options = {}) {
  const view = await desk.open(options);
  const product = new Product(view.page);
  await product.ready();
  await importBoth(product);
  await product.part("change-close").click();
  return { view, product, people: new People(product) };
}

/** How many customers the header counts. */
async function nCustomers(product) {
  const spans = await product.part("facts").locator("span").allInnerTexts();
  return Number(spans[1].replaceAll(/[^0-9]/g, ""));
}

async function decides(desk) {
  const { view, product, people } = await opened(desk);
  await people.enter("customers");
  assert.equal(await people.number("n-records"), N_RECORDS, "both exports tell of persons");
  assert.equal(await people.number("n-merged"), N.shared, "who has the same address in both is one");
  assert.equal(await people.number("n-customers"), N_CUSTOMERS, "and counted once");
  assert.equal(await nCustomers(product), N_CUSTOMERS, "on the map too");

  // Why one: the address that both have.
  await people.look("benno");
  await people.part("only-merged").check();
  await people.settled();
  await people.rows().first().getByTestId("customer-open").click();
  await people.part("joins").waitFor();
  assert.match(await people.part("join").first().innerText(), /Both have the same (E-mail|Phone)/, "it says what they share");
  assert.equal(await people.part("record").count(), 2, "and shows both records");
  await people.part("compare").first().click();
  await people.part("customer-dialog").getByTestId("pair").waitFor();
  await view.page.keyboard.press("Escape");

  // A pair with a slip in it: what differs is marked, and the weight is told in parts.
  await people.enter("review");
  const before = await people.pair();
  assert.ok(before.nPairs >= 2, `there is something to decide: ${before.nPairs}`);
  assert.ok((await people.part("pair").locator("mark").count()) > 0, "what differs is marked");
  assert.ok((await people.part("weights").locator("tbody tr").count()) > 3, "the weight has its parts as a table");
  const sum = (await people.part("weights").locator("tbody tr").last().locator("td").last().textContent()).replace("−", "-");
  assert.ok(Number.isFinite(Number(sum)), `the parts add up to ${sum}`);
  await people.part("review").focus();
  await view.page.keyboard.press("1");
  await people.shows("n-customers", N_CUSTOMERS - 1, "the two are one");
  assert.equal(await nCustomers(product), N_CUSTOMERS - 1, "and the figures follow");
  assert.equal((await people.pair()).nPairs, before.nPairs - 1, "one pair less to decide");
  assert.match(await people.part("people-said").innerText(), /moved/, "it says what moved");

  await product.part("undo").click();
  await people.shows("n-customers", N_CUSTOMERS, "taken back they are two");
  assert.deepEqual((await people.pair()).nPairs, before.nPairs, "and to be decided again");
  await product.part("redo").click();
  await people.shows("n-customers", N_CUSTOMERS - 1, "done again they are one");

  // Two persons: nothing merges, and nobody is asked again.
  await people.part("decide-apart").click();
  await people.settled();
  assert.equal((await people.pair()).nPairs, before.nPairs - 2, "a rejected pair is decided as well");
  assert.equal(await people.number("n-customers"), N_CUSTOMERS - 1, "and changes no customer");
  const after = await people.pair();

  await view.page.reload();
  await product.ready();
  await product.mapDrawn();
  await people.enter("customers");
  await people.shows("n-customers", N_CUSTOMERS - 1, "after a reload they are still one");
  assert.equal((await (await people.enter("review"), people.pair())).nPairs, after.nPairs, "what was decided stays decided");

  // Split again from the customer.
  await people.enter("customers");
  await people.look(before.keys[0]);
  await people.rows().first().getByTestId("customer-open").click();
  await people.part("split-tick").last().check();
  await people.part("split").click();
  await people.part("customer-dialog").waitFor({ state: "hidden" });
  await people.shows("n-customers", N_CUSTOMERS, "split they are two");
  assert.equal(await nCustomers(product), N_CUSTOMERS, "and the figures follow again");
  await assertNoFaults(view);
}

async function wholeBand(desk) {
  const { view, product, people } = await opened(desk);
  await people.enter("review");
  await people.part("band-sure").check();
  const { nPairs } = await people.pair();
  await people.part("decide-band").click();
  const dialog = people.part("band-dialog");
  await dialog.waitFor();
  assert.ok((await dialog.innerText()).includes(`All ${nPairs} pairs`), "the dialog says how many pairs");
  await people.part("band-same").click();
  await people.part("review-none").waitFor();
  const merged = await nCustomers(product);
  assert.ok(merged < N_CUSTOMERS, `they are one now: ${merged}`);
  await product.part("undo").click();
  await people.shows("n-customers", N_CUSTOMERS, "all of it is one step");
  assert.equal((await people.pair()).nPairs, nPairs, "and all are to be decided again");

  await people.enter("bands");
  const sure = await people.number("n-sure");
  await people.part("rule-review").fill("50");
  await people.part("rule-sure").fill("99.9");
  await people.part("rules-apply").click();
  await people.settled();
  await people.part("bands").getByText("99.9").first().waitFor();
  assert.ok((await people.number("n-sure")) <= sure, "a higher threshold leaves fewer that are sure");
  await people.enter("shared");
  await people.part("shared").filter({ hasText: "info@club.example" }).waitFor();
  await people.enter("accounts");
  assert.ok((await people.part("account").count()) >= 7, "the accounts of the contacts are listed");
  await assertNoFaults(view);
}

/** Names of the accounts that are listed. */
async function accountNames(people) {
  await people.enter("accounts");
  await people.part("accounts").waitFor();
  return people.part("account").evaluateAll((rows) => rows.map((row) => row.dataset.account));
}

async function noCompany(desk) {
  const { view, product, people } = await opened(desk);
  await people.enter("customers");
  const nAccounts = await people.number("n-accounts");
  const names = await accountNames(people);
  const domain = names.find((name) => /^mail\d\.example$/.test(name)) ?? names.find((name) => name.endsWith(".example"));
  assert.ok(domain, `customers are of an account by the domain of their address: ${names}`);

  // From the account line of a customer of that domain.
  await people.enter("customers");
  await people.look(`@${domain}`);
  const rows = people.rows();
  const n = await rows.count();
  for (let i = 0; i < n; i += 1) {
    await rows.nth(i).getByTestId("customer-open").click();
    await people.part("record").first().waitFor();
    const line = people.part("account-why");
    if ((await line.count()) > 0 && (await line.innerText()).includes(domain)) break;
    await view.page.keyboard.press("Escape");
  }
  await people.part("account-why").getByTestId("no-company").click();
  await people.part("account-why").waitFor({ state: "hidden", timeout: SETTLE_MILLIS_MAX });
  await view.page.keyboard.press("Escape");
  await people.shows("n-accounts", nAccounts - 1, "one account less");
  assert.ok(!(await accountNames(people)).includes(domain), "it is in no list of accounts");
  assert.match(await people.part("none-companies").innerText(), new RegExp(domain), "but in that of no companies");

  await view.page.reload();
  await product.ready();
  await product.mapDrawn();
  assert.ok(!(await accountNames(people)).includes(domain), "also after a reload");
  await product.part("undo").click();
  await people.shows("n-accounts", nAccounts, "taken back it is one");
  await product.part("redo").click();
  await people.shows("n-accounts", nAccounts - 1, "done again it is none");
  await people.part("none-company").filter({ hasText: domain }).getByTestId("is-company").click();
  await people.shows("n-accounts", nAccounts, "or from the list");
  assert.equal(await people.part("none-companies").count(), 0, "which is empty then");
  await assertNoFaults(view);
}

async function fromTheTimeline(desk) {
  const { view, product, people } = await opened(desk, { locale: "de-DE" });
  await product.openMark(product.node("Contact created"));
  await product.part("case").first().click();
  await product.part("who-is").click();
  await people.part("customer-dialog").waitFor();
  await people.part("record").first().waitFor();
  const said = await people.part("customer-dialog").innerText();
  assert.match(said, /Datens/, "the dialog speaks German");
  await people.part("to-timeline").click();
  await product.part("timeline").waitFor();
  await assertNoFaults(view);
}

export default {
  "two exports become one company, and what a person decides stays": decides,
  "a whole band is decided in one step": wholeBand,
  "a web domain is no company, and that is taken back": noCompany,
  "a customer tells from the timeline who it is": fromTheTimeline,
};
