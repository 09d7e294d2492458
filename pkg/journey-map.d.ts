/** One event given to {@link JourneyMap.append}. Further fields are kept out of the map. */
export interface JourneyEvent {
  /** Who: a customer's identifier in your system. */
  customer: string | number;
  /** What happened. */
  activity: string;
  /** When: ISO 8601 text, or Unix time in seconds, milliseconds or microseconds. */
  time: string | number;
  /** When it ended. */
  end_time?: string | number;
  /** On which channel. */
  channel?: string;
  /** The customer's account. */
  account?: string;
  /** What was written or said. */
  text?: string;
  /** An amount of money. */
  money?: number;
}

/** A figure before and after. */
export interface Changed {
  /** An activity, or `from → to`. */
  name: string;
  before: number;
  after: number;
}

/** What an import did to the picture. */
export interface ChangeSummary {
  /** Events added. */
  n_events: number;
  /** Customers seen for the first time. */
  n_new_customers: number;
  /** Customers that were known and got events. */
  n_touched_customers: number;
  /** Events earlier than one that the same customer already had. */
  n_late: number;
  /** Exact repeats, skipped. */
  n_duplicates: number;
  /** Records that could not become events. */
  n_rejected: number;
  /** Activities seen for the first time, by name. */
  new_activities: string[];
  /** Activities whose occurrences changed, largest change first, at most 20. */
  activities: Changed[];
  /** Transitions whose occurrences changed, largest change first, at most 20. */
  edges: Changed[];
  /** Cases whose contribution was computed anew. */
  n_recomputed_cases: number;
  /** Cases whose contribution stayed as it was. */
  n_kept_cases: number;
}

/** Where events came from, and how many of its records were used. */
export interface SourceSummary {
  /** Number of the source, from 0. */
  source: number;
  name: string;
  /** Recognised format, for people. */
  format: string;
  /** Records read. */
  n_rows: number;
  /** Records that became new events. */
  n_events: number;
  n_duplicates: number;
  n_rejected: number;
  /** Pairs of reason and count, most frequent first. */
  rejected_by_reason: [reason: string, n: number][];
  /** Pairs of repair and count, most frequent first. */
  repaired_by_kind: [kind: string, n: number][];
  /** UTC microseconds since 1970; a `bigint` past the year 2255. */
  first_micros: number | bigint | null;
  /** UTC microseconds since 1970; a `bigint` past the year 2255. */
  last_micros: number | bigint | null;
  /** Made by the built-in generator. */
  sample: boolean;
}

/** The result of one import. */
export interface ImportReport {
  source: SourceSummary;
  change: ChangeSummary;
}

/** What a person selected. */
export type JourneySelection =
  | { kind: "node" | "case" | "variant" | "selection"; name: string }
  | { kind: "edge"; from: string; to: string };

/** What is told with the element's own events. */
export interface JourneyMapEventMap {
  /** The map is up and takes data. */
  "journey-ready": CustomEvent<{ mode: "app" | "embed" }>;
  /** A person selected a mark, a case or a variant. */
  "journey-select": CustomEvent<JourneySelection>;
  /** Events were added; told once a source. */
  "journey-change": CustomEvent<ImportReport>;
  /** Something could not be done; nothing was changed. */
  "journey-error": CustomEvent<{ message: string; advice?: string }>;
}

/**
 * The `<journey-map>` element.
 *
 * Attributes: `theme` (`auto`, `light`, `dark`), `mode` (`embed`, `app`), `locale` (a BCP 47 tag),
 * `controls` (also shows the buttons that open data), `sample` (opens the sample company at the start),
 * `store` (a name: the data is kept in this browser under it, encrypted; without it everything is in memory).
 */
export class JourneyMap extends HTMLElement {
  /**
   * Adds events to the map: new, late, out-of-order and repeated ones.
   * Takes an array of objects, or the same as JSON text or UTF-8 bytes.
   * Rejects, and changes nothing, when the events cannot be understood.
   */
  append(events: JourneyEvent[] | string | ArrayBuffer, name?: string): Promise<ImportReport>;
  /** Opens files as if they had been dropped on the map; a person confirms how they are read. */
  open(files: Iterable<File>): Promise<void>;
  /** Opens the sample company. */
  openSample(): Promise<unknown>;

  addEventListener<K extends keyof JourneyMapEventMap>(
    type: K,
    listener: (this: JourneyMap, event: JourneyMapEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "journey-map": JourneyMap;
  }
}
