// Two exports of an invented company that tell of overlapping persons: contacts of Salesforce and customers of Stripe.
import { file } from "./files.mjs";

const GIVEN = ["Ada", "Benno", "Carla", "Dario", "Elif", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Karim", "Lena", "Mateo", "Nora", "Oskar", "Paula", "Quentin", "Rosa", "Samuel", "Tilda"];
const FAMILY = ["Albrecht", "Brinkmann", "Castellanos", "Drosdowski", "Eberhardt", "Fitzgerald", "Grünwald", "Hirschfeld", "Ivanova", "Jankowski", "Kowalczyk", "Lindqvist", "Montgomery", "Niemeyer", "Oliveira", "Pfefferkorn", "Quasthoff", "Rosenbaum", "Stavropoulos", "Tannhäuser"];
const STREETS = ["Mill Lane", "Station Road", "Harbour Street", "Church Hill", "Garden Row", "Bridge Street", "Orchard Way", "Castle Street"];
const CITIES = [["Bristol", "BS1"], ["Leeds", "LS2"], ["Norwich", "NR3"], ["Exeter", "EX4"], ["Durham", "DH5"]];

/** Persons in both exports with the same address, in both under another address and with a slip, in one of them only. */
export const N = { shared: 40, slipped: 12, onlyContacts: 60, onlyCustomers: 25 };

const pad = (n, size) => String(n).padStart(size, "0");
const day = (n) => `2026-${pad(1 + (n % 9), 2)}-${pad(1 + (n % 27), 2)} ${pad(8 + (n % 10), 2)}:15:00`;
const plain = (text) => text.normalize("NFD").replaceAll(/[^A-Za-z]/g, "").toLowerCase();

/** Person number `n`: every pair of given and family name comes once. */
function person(n) {
  const given = GIVEN[n % GIVEN.length];
  const family = FAMILY[(Math.floor(n / GIVEN.length) * 7 + n * 3) % FAMILY.length];
  const [city, code] = CITIES[(n * 3) % CITIES.length];
  return {
    given,
    family,
    email: `${plain(given)}.${plain(family)}${n}@mail${n % 5}.example`,
    phone: `+44 20 7946 ${pad(n, 4)}`,
    street: `${1 + ((n * 13) % 90)} ${STREETS[(n * 5) % STREETS.length]}`,
    city,
    postcode: `${code} ${1 + (n % 9)}AB`,
  };
}

/** A letter doubled in the middle of a name, as a slip of the hand. */
const slip = (name) => name.slice(0, 4) + name[3] + name.slice(4);

const line = (cells) => cells.map((cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");
const nBoth = N.shared + N.slipped;

function contacts() {
  const head = ["id", "account_id", "email", "first_name", "last_name", "mailing_street", "mailing_city", "mailing_postal_code", "phone", "created_date"];
  const row = (n) => {
    const one = person(n);
    return [`003${pad(n, 4)}`, `001${n % 7}`, one.email, one.given, one.family, one.street, one.city, one.postcode, one.phone, day(n)];
  };
  const rows = Array.from({ length: nBoth + N.onlyContacts }, (_, n) => row(n));
  // A mailbox of a function links nobody.
  for (const n of [70, 71, 72, 73]) rows[n][2] = "info@club.example";
  return [head, ...rows].map(line).join("\n");
}

function customers() {
  const head = ["id", "created", "email", "name", "phone", "delinquent", "invoice_prefix", "livemode", "address_line_1", "address_city", "address_postal_code"];
  const row = (n) => {
    const one = person(n);
    const isSlipped = n >= N.shared && n < nBoth;
    const family = isSlipped ? slip(one.family) : one.family;
    const email = isSlipped ? `${plain(one.given)[0]}${n}@work.example` : one.email;
    const phone = isSlipped ? "" : one.phone;
    return [`cus_${pad(n, 4)}`, day(n + 3), email, `${one.given} ${family}`, phone, "false", `P${n}`, "true", one.street, one.city, one.postcode];
  };
  const numbers = [...Array(nBoth).keys(), ...Array.from({ length: N.onlyCustomers }, (_, n) => 200 + n)];
  return [head, ...numbers.map(row)].map(line).join("\n");
}

export const CONTACTS = file("contacts.csv", contacts());
export const CUSTOMERS = file("customers.csv", customers());

/** Records of both exports, and customers when those with the same address are one. */
export const N_RECORDS = nBoth + N.onlyContacts + nBoth + N.onlyCustomers;
export const N_CUSTOMERS = N_RECORDS - N.shared;

/** Imports both exports. */
export async function importBoth(product) {
  for (const one of [CONTACTS, CUSTOMERS]) {
    await product.choose(one);
    await product.part("recognised").waitFor();
    await product.confirmImport();
  }
}
