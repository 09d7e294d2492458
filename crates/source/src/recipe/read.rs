//! Reads a recipe from its page of text: a word and the rest on each line, indented lines belong to the line above.

use super::{AccountRule, Condition, EventRule, Part, ProfileRule, Recipe, Template, Test, Unit, ValueRule};
use crate::facts::ProfileField;
use event::Measure;

/// Longest page that is read; nobody writes a longer one.
const MAX_BYTES: usize = 64 << 10;

/// What indented lines belong to.
enum Block {
    None,
    Event,
    Profile,
    Company,
}

pub(super) fn read(text: &str) -> Result<Recipe, String> {
    if text.len() > MAX_BYTES {
        return Err("a recipe is a page of text; this is longer than 64 KiB".to_owned());
    }
    let mut recipe = Recipe { text: text.to_owned(), ..Recipe::default() };
    let mut block = Block::None;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        let rest = rest.trim();
        let done = if line.starts_with(char::is_whitespace) {
            inner(&mut recipe, &block, word, rest)
        } else {
            outer(&mut recipe, word, rest).map(|next| block = next)
        };
        done.map_err(|what| format!("line {number}: {what}"))?;
    }
    check(recipe)
}

fn outer(recipe: &mut Recipe, word: &str, rest: &str) -> Result<Block, String> {
    match word {
        "recipe" => {
            let (id, version) = rest.split_once(' ').ok_or("a recipe has a name and a version")?;
            let version = version.trim().parse().map_err(|_| "a version is a whole number")?;
            (recipe.id, recipe.version) = (id.to_owned(), version);
        }
        "title" => recipe.title = rest.to_owned(),
        "lookup" => recipe.lookup = Some(rest.to_owned()),
        "columns" => recipe.columns.extend(list(rest).map(names)),
        "only" => recipe.is_only = true,
        "without" => recipe.without.extend(list(rest).map(str::to_owned)),
        "ignore" => recipe.ignored.extend(list(rest).map(str::to_owned)),
        "record" => recipe.record = Some(template(rest)?),
        "event" => {
            recipe.events.push(EventRule { activity: template(rest)?, ..EventRule::default() });
            return Ok(Block::Event);
        }
        "profile" => {
            let customer = (!rest.is_empty()).then(|| template(rest)).transpose()?;
            recipe.profile = Some(ProfileRule { customer, ..ProfileRule::default() });
            return Ok(Block::Profile);
        }
        "company" => {
            recipe.account = Some(AccountRule { key: template(rest)?, ..AccountRule::default() });
            return Ok(Block::Company);
        }
        _ => event_word(&mut recipe.defaults, word, rest)?,
    }
    Ok(Block::None)
}

fn inner(recipe: &mut Recipe, block: &Block, word: &str, rest: &str) -> Result<(), String> {
    let lost = "an indented line belongs to an event, a profile or a company";
    match block {
        Block::None => Err(lost.to_owned()),
        Block::Event => event_word(recipe.events.last_mut().ok_or(lost)?, word, rest),
        Block::Profile => {
            let profile = recipe.profile.as_mut().ok_or(lost)?;
            match word {
                "account" => profile.account = Some(template(rest)?),
                "when" => profile.conditions.push(condition(rest)?),
                _ => {
                    let field = ProfileField::from_name(word);
                    let field = field.ok_or_else(|| format!("a customer has no property “{word}”"))?;
                    profile.fields.push((field, template(rest)?));
                }
            }
            Ok(())
        }
        Block::Company => {
            let account = recipe.account.as_mut().ok_or(lost)?;
            let place = match word {
                "name" => &mut account.name,
                "domain" => &mut account.domain,
                "parent" => &mut account.parent,
                "owner" => &mut account.owner,
                _ => return Err(format!("a company has no property “{word}”")),
            };
            *place = Some(template(rest)?);
            Ok(())
        }
    }
}

fn event_word(rule: &mut EventRule, word: &str, rest: &str) -> Result<(), String> {
    match word {
        "at" => rule.at = Some(names(rest)),
        "end" => rule.end = Some(names(rest)),
        "when" => rule.conditions.push(condition(rest)?),
        "customer" => rule.customer = Some(template(rest)?),
        "channel" => rule.channel = Some(template(rest)?),
        "account" => rule.account = Some(template(rest)?),
        "object" => rule.object = Some(template(rest)?),
        "text" => rule.text = Some(template(rest)?),
        "currency" => rule.currency = Some(template(rest)?),
        "money" => rule.value = Some(value(Measure::Money, Unit::Whole, rest)?),
        "money-cents" => rule.value = Some(value(Measure::Money, Unit::Smallest, rest)?),
        "mrr" => rule.value = Some(value(Measure::Mrr, Unit::Whole, rest)?),
        "mrr-cents" => rule.value = Some(value(Measure::Mrr, Unit::Smallest, rest)?),
        "arr" => rule.value = Some(value(Measure::Mrr, Unit::OfAYear, rest)?),
        "score" => {
            let (name, rest) = rest.split_once(' ').ok_or("a score has a survey and a column")?;
            let measure = Measure::from_name(name).filter(|measure| measure.scale().is_some());
            let measure = measure.ok_or_else(|| format!("“{name}” is no survey"))?;
            rule.value = Some(value(measure, Unit::Whole, rest.trim())?);
        }
        _ => return Err(format!("“{word}” is no word of recipes")),
    }
    Ok(())
}

fn value(measure: Measure, unit: Unit, rest: &str) -> Result<ValueRule, String> {
    Ok(ValueRule { measure, unit, template: template(rest)? })
}

fn condition(rest: &str) -> Result<Condition, String> {
    let values = |list_of: &str| list(list_of).map(str::to_lowercase).collect();
    let (column, test) = if let Some((column, of)) = rest.split_once("!=") {
        (column, Test::NoneOf(values(of)))
    } else if let Some((column, of)) = rest.split_once('=') {
        (column, Test::OneOf(values(of)))
    } else if let Some(column) = rest.strip_suffix(" filled") {
        (column, Test::Filled)
    } else if let Some(column) = rest.strip_suffix(" empty") {
        (column, Test::Empty)
    } else {
        return Err("a condition ends in `= value`, `!= value`, `filled` or `empty`".to_owned());
    };
    Ok(Condition { column: names(column), test })
}

fn list(rest: &str) -> impl Iterator<Item = &str> {
    rest.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// Names that stand for one another: `a|b`.
fn names(rest: &str) -> Vec<String> {
    rest.split('|').map(|name| name.trim().to_owned()).collect()
}

fn template(text: &str) -> Result<Template, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}').ok_or("a brace is not closed")?;
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.push(Part::Column(names(inside)));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    if parts.is_empty() { Err("a value is missing".to_owned()) } else { Ok(Template(parts)) }
}

/// What every recipe has.
fn check(mut recipe: Recipe) -> Result<Recipe, String> {
    if recipe.id.is_empty() || recipe.title.is_empty() || recipe.columns.is_empty() {
        return Err("a recipe has the lines `recipe`, `title` and `columns`".to_owned());
    }
    let (has_account, defaults) = (recipe.account.is_some(), recipe.defaults.clone());
    for rule in &mut recipe.events {
        let or = |own: &mut Option<Template>, common: &Option<Template>| {
            if own.is_none() {
                own.clone_from(common);
            }
        };
        or(&mut rule.customer, &defaults.customer);
        or(&mut rule.account, &defaults.account);
        or(&mut rule.channel, &defaults.channel);
        or(&mut rule.object, &defaults.object);
        or(&mut rule.text, &defaults.text);
        or(&mut rule.currency, &defaults.currency);
        rule.conditions.extend(defaults.conditions.iter().cloned());
        rule.at = rule.at.take().or_else(|| defaults.at.clone());
        if rule.customer.is_none() || rule.at.is_none() {
            return Err(format!("the event “{}” needs `customer` and `at`", rule.activity.to_text()));
        }
    }
    if let Some(profile) = &mut recipe.profile {
        profile.customer = profile.customer.take().or(defaults.customer);
        profile.account = profile.account.take().or(defaults.account);
        if profile.customer.is_none() {
            return Err("a profile needs a customer".to_owned());
        }
    }
    let is_silent = recipe.events.is_empty() && recipe.profile.is_none() && !has_account;
    if is_silent != recipe.lookup.is_some() {
        return Err("a recipe makes something, or says with `lookup` what its table is a list of".to_owned());
    }
    Ok(recipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let page = |lines: &str| format!("recipe x 1\ntitle X\ncolumns a\n{lines}");
        for (lines, expected) in [
            ("", "a recipe makes something, or says with `lookup` what its table is a list of"),
            ("event Done", "the event “Done” needs `customer` and `at`"),
            ("  at b", "line 4: an indented line belongs to an event, a profile or a company"),
            ("customer {a", "line 4: a brace is not closed"),
            ("fancy {a}", "line 4: “fancy” is no word of recipes"),
            ("event E\n  score abc {a}", "line 5: “abc” is no survey"),
            (
                "event E\n  when a is b",
                "line 5: a condition ends in `= value`, `!= value`, `filled` or `empty`",
            ),
            ("profile {a}\n  shoe_size {b}", "line 5: a customer has no property “shoe_size”"),
        ] {
            assert_eq!(read(&page(lines)).map(|_| ()), Err(expected.to_owned()), "{lines}");
        }
        assert!(read("title X").is_err(), "a name is needed");
    }
}
