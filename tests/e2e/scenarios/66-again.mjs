// The same export next week: it renews its source, says what changed, and can be taken back; a person may choose otherwise.
import assert from "node:assert/strict";
import path from "node:path";
import { file } from "../lib/files.mjs";
import { assertNoFaults, Product } from "../lib/product.mjs";

const HEAD = "id,requester_id,submitter_id,status,via_channel,created_at,updated_at,subject\n";
const FIRST = `${HEAD}1,7,7,open,email,2026-03-02T09:00:00Z,2026-03-02T09:00:00Z,Password
2,8,8,solved,chat,2026-03-03T09:00:00Z,2026-03-04T09:00:00Z,Invoice
3,7,7,solved,email,2026-03-03T10:00:00Z,2026-03-05T09:00:00Z,Delivery
`;
// The first is solved now, the second has another subject, the third is open again, the fourth is new and came late.
const SECOND = `${HEAD}1,7,7,solved,email,2026-03-02T09:00:00Z,2026-03-09T09:00:00Z,Password
2,8,8,solved,chat,2026-03-03T09:00:00Z,2026-03-04T09:00:00Z,Invoice of March
3,7,7,open,email,2026-03-03T10:00:00Z,2026-03-06T09:00:00Z,Delivery
4,8,8,open,email,2026-03-01T09:00:00Z,2026-03-01T09:00:00Z,Forgotten
`;

async function look(desk, page, name) {
  await page.waitForTimeout(400);
  await page.screenshot({ path: path.join(desk.shots, `again ${name}.png`) });
}

function renews(shape, theme, locale) {
  return async (desk) => {
    const view = await desk.open({ theme, locale, ...shape });
    const name = `${shape.width} ${theme}`;
    const product = new Product(view.page);
    await product.ready();
    await product.choose(file("tickets-2026-03-06.csv", FIRST));
    await product.part("import-dialog").waitFor();
    assert.equal(await product.part("import-renews").count(), 0, "there is nothing yet that it could renew");
    await product.confirmImport();
    await product.showsTotals(5, 2);

    await product.choose(file("tickets-2026-03-13.csv", SECOND));
    await product.part("import-renews").waitFor();
    assert.equal(await product.part("import-renews").inputValue(), "0", "the source of the week before is proposed");
    await look(desk, view.page, `dialog ${name}`);
    await product.confirmImport();
    await product.showsTotals(6, 2);
    const said = await product.part("change-summary").innerText();
    // Created and solved of three, of which one solving went, and two that are new.
    for (const n of locale.startsWith("de") ? ["2 Ereignisse", "1 Ereignis geändert", "3 Ereignisse unverändert"] : ["2 events", "1 event changed", "1 event gone", "3 events unchanged", "1 late event"]) {
      assert.ok(said.includes(n), `${n}: ${said}`);
    }
    await look(desk, view.page, `report ${name}`);
    await product.tab("sources").click();
    assert.equal(await product.part("source").count(), 1, "it is one source");
    await product.part("source-renewed").waitFor();
    await look(desk, view.page, `source ${name}`);

    await product.part("undo").click();
    await product.showsTotals(5, 2);
    await product.part("redo").click();
    await product.showsTotals(6, 2);

    // The same again changes nothing.
    await product.tab("map").click();
    await product.importFile(file("tickets-2026-03-13 (1).csv", SECOND));
    await product.showsTotals(6, 2);
    // And it may be told to stand beside.
    await product.choose(file("tickets-2026-03-06.csv", FIRST));
    await product.part("import-renews").selectOption("");
    await product.confirmImport();
    await product.tab("sources").click();
    await product.root.locator('[data-testid="source"]').nth(1).waitFor();
    await assertNoFaults(view);
    await view.close();
  };
}

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

export default {
  "next week's export renews its source, is told apart and is taken back": renews(WIDE, "light", "en-GB"),
  "the same on a narrow screen, dark and in German": renews(NARROW, "dark", "de-DE"),
};
