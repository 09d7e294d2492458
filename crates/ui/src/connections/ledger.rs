//! Every request of this tab: page and worker, by host and one by one.

use super::{clock, save};
use crate::workspace::{Workspace, use_workspace};
use leptos::{prelude::*, task::spawn_local};
use protocol::courier::{Call, Delivery, Errand};
use std::collections::BTreeMap;

/// Requests that are listed; the file has all.
const N_CALLS: usize = 200;

/// Requests of the page and of the worker, the latest first.
async fn all_calls(workspace: Workspace) -> Vec<Call> {
    let mut calls = workspace.page_calls();
    if let Some(client) = workspace.client()
        && let Ok(Delivery::Calls { calls: of_worker }) = client.errand(Errand::Calls, None).await
    {
        calls.extend(of_worker);
    }
    calls.sort_by(|a, b| b.at_millis.total_cmp(&a.at_millis));
    calls
}

#[component]
pub(super) fn Ledger() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let calls = RwSignal::new(Vec::<Call>::new());
    let ask = move || {
        spawn_local(async move {
            let found = all_calls(workspace).await;
            calls.try_set(found);
        });
    };
    let keep = move |_| save(workspace, "requests.csv", &csv(&calls.get_untracked()), "text/csv");
    let by_host = move || calls.with(|calls| hosts(calls));
    let n_foreign =
        move || calls.with(|calls| calls.iter().filter(|call| call.purpose[0] == "other").count() as u64);
    let tone = move || if n_foreign() > 0 { "warning" } else { "hint" };
    let purpose = move |call: &Call| {
        let words = text.find(&format!("connect.purpose.{}", call.purpose[0])).unwrap_or_default();
        if call.purpose[1].is_empty() { words.to_owned() } else { format!("{words}: {}", call.purpose[1]) }
    };
    let number = move |value: String| view! { <td class="number">{value}</td> };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of bytes, far below the limit"
    )]
    let size = move |bytes: f64| text.bytes(bytes as u64);
    let host_rows = move || {
        let row = |(host, sum): (String, Sum)| {
            view! {
                <tr data-testid="ledger-host" data-host=host.clone()><th scope="row">{host.clone()}</th>{number(text.count(sum.n))}{number(size(sum.sent))}{number(size(sum.received))}</tr>
            }
        };
        by_host().into_iter().map(row).collect_view()
    };
    let call_rows = move || {
        let row = |call: &Call| {
            let status = if call.status == 0 { "–".to_owned() } else { call.status.to_string() };
            view! {
                <tr data-testid="ledger-call"><td>{clock(text.tag(), call.at_millis)}</td><td>{call.method.clone()}</td><td>{call.host.clone()}</td><td title=call.path.clone()>{call.path.clone()}</td>{number(status)}{number(size(call.bytes[0]))}{number(size(call.bytes[1]))}<td>{purpose(call)}</td></tr>
            }
        };
        calls.with(|calls| calls.iter().take(N_CALLS).map(row).collect_view())
    };
    let head = move |key: &'static str| view! { <th scope="col">{text.s(key)}</th> };
    view! {
        <details class="box ledger" data-testid="ledger" on:toggle=move |_| ask()>
            <summary><h2>{text.s("connect.ledger")}</h2></summary>
            <p class="hint">{text.s("connect.ledger.explained")}</p>
            <div class="button-row">
                <button type="button" class="button" data-testid="ledger-again" on:click=move |_| ask()>{text.s("connect.ledger.again")}</button>
                <button type="button" class="button" data-testid="ledger-save" on:click=keep>{text.s("connect.ledger.save")}</button>
                <span class=tone data-testid="ledger-other">{move || text.plural("connect.ledger.other", n_foreign())}</span>
            </div>
            <div class="scroll" tabindex="0" role="region" aria-label=text.s("connect.ledger.hosts")>
                <table class="data compact"><caption class="hidden">{text.s("connect.ledger.hosts")}</caption>
                    <thead><tr>{head("connect.ledger.host")}{head("connect.requests")}{head("connect.ledger.sent")}{head("connect.ledger.received")}</tr></thead>
                    <tbody>{host_rows}</tbody></table>
            </div>
            <div class="scroll ledger-calls" tabindex="0" role="region" aria-label=text.s("connect.ledger")>
                <table class="data compact"><caption class="hidden">{text.s("connect.ledger")}</caption>
                    <thead><tr>{head("connect.ledger.at")}{head("connect.ledger.method")}{head("connect.ledger.host")}{head("connect.path")}{head("connect.ledger.status")}{head("connect.ledger.sent")}{head("connect.ledger.received")}{head("connect.ledger.purpose")}</tr></thead>
                    <tbody>{call_rows}</tbody></table>
            </div>
        </details>
    }
    .into_any()
}

/// What went to a host.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sum {
    n: u64,
    sent: f64,
    received: f64,
}

/// Sums by host, most bytes first.
fn hosts(calls: &[Call]) -> Vec<(String, Sum)> {
    let mut sums = BTreeMap::<&str, Sum>::new();
    for call in calls {
        let sum = sums.entry(&call.host).or_default();
        sum.n += 1;
        sum.sent += call.bytes[0];
        sum.received += call.bytes[1];
    }
    let mut sums: Vec<_> = sums.into_iter().map(|(host, sum)| (host.to_owned(), sum)).collect();
    sums.sort_by(|a, b| (b.1.sent + b.1.received).total_cmp(&(a.1.sent + a.1.received)));
    sums
}

fn csv(calls: &[Call]) -> String {
    let mut text =
        "time,method,host,path,status,sent_bytes,received_bytes,millis,purpose,connection,by\n".to_owned();
    for call in calls {
        let time = String::from(js_sys::Date::new(&call.at_millis.into()).to_iso_string());
        let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
        let by = if call.by_worker { "worker" } else { "page" };
        let (method, host, path) = (&call.method, &call.host, quoted(&call.path));
        let ([sent, received], millis) = (call.bytes, call.millis.round());
        let (status, purpose, of) = (call.status, &call.purpose[0], quoted(&call.purpose[1]));
        text.push_str(&format!(
            "{time},{method},{host},{path},{status},{sent},{received},{millis},{purpose},{of},{by}\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_by_host_and_the_largest_is_first() {
        let call = |host: &str, sent: f64, received: f64| Call {
            host: host.to_owned(),
            bytes: [sent, received],
            ..Call::default()
        };
        let sums = hosts(&[call("a", 1.0, 2.0), call("b", 0.0, 50.0), call("a", 3.0, 4.0)]);
        assert_eq!(sums[0], ("b".to_owned(), Sum { n: 1, sent: 0.0, received: 50.0 }), "the most bytes");
        assert_eq!(sums[1], ("a".to_owned(), Sum { n: 2, sent: 4.0, received: 6.0 }), "added up");
    }
}
