// A mapping by hand is kept for the next file with the same columns, saved as a file, and opened in another workspace.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { file } from "../lib/files.mjs";
import { assertNoFaults, Product } from "../lib/product.mjs";

const ORDERS = "nr,who,what,when,price\n1,ada,order,2026-03-04 10:00,9.5\n2,ben,order,2026-03-05 11:00,3\n";
const MORE = "nr,who,what,when,price\n3,cyd,order,2026-04-04 10:00,7\n";

async function look(desk, page, name) {
  await page.waitForTimeout(400);
  await page.screenshot({ path: path.join(desk.shots, `mappings ${name}.png`) });
}

function mappings(shape, theme, locale) {
  return async (desk) => {
    const view = await desk.open({ theme, locale, ...shape });
    const name = `${shape.width} ${theme}`;
    const product = new Product(view.page);
    await product.ready();
    await product.choose(file("orders.csv", ORDERS));
    await product.part("import-dialog").waitFor();
    await product.part("role-customer").selectOption("who");
    await product.part("role-activity").selectOption("what");
    await product.part("role-money").selectOption("");
    await product.part("role-text").selectOption("price");
    assert.ok(await product.part("keep-mapping").isChecked(), "it is kept unless a person says otherwise");
    await look(desk, view.page, `by hand ${name}`);
    await product.confirmImport();
    await product.showsTotals(2, 2);

    await product.choose(file("april.csv", MORE));
    await product.part("own-mapping").waitFor();
    assert.ok((await product.part("own-mapping").innerText()).includes("orders.csv"), "it is said where it comes from");
    assert.equal(await product.roleColumn("text"), "price", "as it was mapped");
    await look(desk, view.page, `again ${name}`);
    await product.part("own-without").click();
    await product.part("own-mapping").waitFor({ state: "hidden" });
    assert.equal(await product.roleColumn("money"), "price", "the guess is one click away");
    await product.part("import-cancel").click();

    await product.tab("sources").click();
    await product.part("kept-mapping").waitFor();
    await product.part("mappings").scrollIntoViewIfNeeded();
    await look(desk, view.page, `list ${name}`);
    const saved = view.page.waitForEvent("download");
    await product.part("mapping-save").click();
    const download = await saved;
    assert.equal(download.suggestedFilename(), "orders.csv.mapping.txt");
    const page = await readFile(await download.path(), "utf8");
    assert.ok(page.includes("\ntext price\n"), page);

    // Forgotten, taken back, forgotten, and opened from the file.
    await product.part("mapping-forget").click();
    await product.part("kept-mapping").waitFor({ state: "hidden" });
    await product.part("undo").click();
    await product.part("kept-mapping").waitFor();
    await product.part("mapping-forget").click();
    await product.part("kept-mapping").waitFor({ state: "hidden" });
    await product.part("mapping-file").setInputFiles(file("given.mapping.txt", page));
    await product.part("kept-mapping").waitFor();
    await product.part("mapping-file").setInputFiles(file("broken.mapping.txt", "mapping 1\ncolour red\n"));
    assert.ok((await product.refusal()).includes("colour"), "what is wrong is said");
    await product.dismissAlerts();
    await assertNoFaults(view);
    await view.close();
  };
}

export default {
  "a mapping by hand is kept, used again, given away and taken back": mappings({ width: 1440, height: 900 }, "light", "en-GB"),
  "the same on a narrow screen, dark and in German": mappings({ width: 390, height: 844 }, "dark", "de-DE"),
};
