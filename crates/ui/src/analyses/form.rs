//! Everything a person fills in: one set of parameters for each analysis and the question bar that all share.

use super::condition::{Condition, all_of, conditions_of};
use protocol::question::{
    Analysis, Comparison, Filter, Funnel, Grain, Paths, QUESTION_VERSION, Query, Question, Retention, Route,
    Scores, Support, TransitionWeight, Unit,
};

/// The analyses, in the order shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// From step to step.
    Funnel,
    /// Who comes back.
    Retention,
    /// Which way they go.
    Paths,
    /// What follows what.
    Transitions,
    /// Along one way.
    Route,
    /// Where they are at each step.
    Steps,
    /// New, returning, dormant.
    Lifecycle,
    /// How often they are active.
    Stickiness,
    /// What is done again.
    Rework,
    /// Sessions.
    Sessions,
    /// Replies and resolutions.
    Support,
    /// Answers to surveys.
    Scores,
    /// Recurring revenue.
    Revenue,
}

impl Kind {
    /// All of them, with the names that words and ids use.
    pub(super) const ALL: [(Self, &'static str); 13] = [
        (Self::Funnel, "funnel"),
        (Self::Retention, "retention"),
        (Self::Paths, "paths"),
        (Self::Transitions, "transitions"),
        (Self::Route, "route"),
        (Self::Steps, "steps"),
        (Self::Lifecycle, "lifecycle"),
        (Self::Stickiness, "stickiness"),
        (Self::Rework, "rework"),
        (Self::Sessions, "sessions"),
        (Self::Support, "support"),
        (Self::Scores, "scores"),
        (Self::Revenue, "revenue"),
    ];
}

impl Kind {
    /// What it can count; the engine refuses the rest with its reason.
    pub(super) fn units(self) -> &'static [Unit] {
        match self {
            Self::Paths => &[Unit::Customers, Unit::Accounts, Unit::Sessions, Unit::Occurrences],
            Self::Funnel | Self::Transitions | Self::Route | Self::Steps | Self::Rework => {
                &[Unit::Customers, Unit::Accounts, Unit::Sessions]
            }
            Self::Sessions => &[Unit::Customers, Unit::Sessions],
            Self::Scores => &[Unit::Customers, Unit::Accounts, Unit::Occurrences],
            Self::Retention | Self::Lifecycle | Self::Stickiness | Self::Support | Self::Revenue => {
                &[Unit::Customers, Unit::Accounts]
            }
        }
    }
}

/// With what the figures are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versus {
    /// With nothing.
    Nothing,
    /// With everybody else.
    Rest,
    /// With another filter.
    Filter,
}

impl Versus {
    /// All of them, with the names that words and ids use.
    pub(super) const ALL: [(Self, &'static str); 3] =
        [(Self::Nothing, "nothing"), (Self::Rest, "rest"), (Self::Filter, "filter")];
}

/// The form. Parameters of analyses that are not chosen are kept, so that going back finds them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Form {
    /// The analysis chosen.
    pub(super) kind: Kind,
    /// Unit, period, zone and session timeout; filter and comparison come from the conditions.
    pub(super) query: Query,
    /// Conditions of the filter.
    pub(super) conditions: Vec<Condition>,
    /// With what it is compared.
    pub(super) versus: Versus,
    /// Conditions of the other filter.
    pub(super) others: Vec<Condition>,
    /// Funnel.
    pub(super) funnel: Funnel,
    /// Retention.
    pub(super) retention: Retention,
    /// Activities that count as being active, of lifecycle and stickiness.
    pub(super) active: Vec<String>,
    /// Length of periods, of lifecycle and stickiness.
    pub(super) grain: Grain,
    /// What the cells of transitions show.
    pub(super) weight: TransitionWeight,
    /// A transition counts once for a customer.
    pub(super) once_per_case: bool,
    /// Transitions are measured in working time.
    pub(super) working_hours: bool,
    /// Route.
    pub(super) route: Route,
    /// The lifecycle is told day by day.
    pub(super) is_daily: bool,
    /// Paths.
    pub(super) paths: Paths,
    /// Steps shown in steps.
    pub(super) n_steps: u32,
    /// Activity that step 0 is; empty for the first event.
    pub(super) anchor: String,
    /// Support.
    pub(super) support: Support,
    /// Answers to surveys.
    pub(super) scores: Scores,
    /// Length of periods of revenue.
    pub(super) revenue_grain: Grain,
}

impl Form {
    /// The form before anything is known of the data.
    pub(super) fn new() -> Self {
        Self {
            kind: Kind::Funnel,
            query: Query::default(),
            conditions: Vec::new(),
            versus: Versus::Nothing,
            others: Vec::new(),
            funnel: Funnel::default(),
            retention: Retention::default(),
            active: Vec::new(),
            grain: Grain::Week,
            weight: TransitionWeight::default(),
            once_per_case: false,
            working_hours: false,
            route: Route::default(),
            is_daily: false,
            // Journeys take days; a person who asks about visits ticks the pause.
            paths: Paths { by_session: false, n_rows: 4, ..Paths::default() },
            n_steps: 10,
            anchor: String::new(),
            support: Support::default(),
            scores: Scores::default(),
            revenue_grain: Grain::Month,
        }
    }

    /// The question it stands for.
    pub(super) fn question(&self) -> Question {
        let compare = match self.versus {
            Versus::Nothing => None,
            Versus::Rest => Some(Comparison::Rest),
            // An empty second filter is everybody; comparing with it waits for the first condition.
            Versus::Filter => Some(all_of(&self.others))
                .filter(|filter| *filter != Filter::All)
                .map(|filter| Comparison::Filter { filter }),
        };
        let query =
            Query { unit: self.unit(), filter: all_of(&self.conditions), compare, ..self.query.clone() };
        Question { version: QUESTION_VERSION, query, analysis: self.analysis() }
    }

    /// What is counted: as chosen, or customers where the analysis cannot count that.
    pub(super) fn unit(&self) -> Unit {
        if self.kind.units().contains(&self.query.unit) { self.query.unit } else { Unit::Customers }
    }

    fn analysis(&self) -> Analysis {
        match self.kind {
            Kind::Funnel => {
                let steps = self.funnel.steps.iter().filter(|step| !step.is_empty()).cloned().collect();
                Analysis::Funnel(Funnel { steps, ..self.funnel.clone() })
            }
            Kind::Retention => Analysis::Retention(self.retention.clone()),
            Kind::Paths => Analysis::Paths(self.paths.clone()),
            Kind::Transitions => Analysis::Transitions {
                weight: self.weight,
                once_per_case: self.once_per_case,
                working_hours: self.working_hours,
            },
            Kind::Route => Analysis::Route(self.route.clone()),
            Kind::Steps => Analysis::Steps {
                n_steps: self.n_steps,
                anchor: (!self.anchor.is_empty()).then(|| self.anchor.clone()),
            },
            Kind::Lifecycle => {
                Analysis::Lifecycle { names: self.active.clone(), grain: self.grain, daily: self.is_daily }
            }
            Kind::Stickiness => Analysis::Stickiness { names: self.active.clone(), grain: self.grain },
            Kind::Rework => Analysis::Rework,
            Kind::Sessions => Analysis::Sessions,
            Kind::Support => Analysis::Support(self.support.clone()),
            Kind::Scores => Analysis::Scores(self.scores.clone()),
            Kind::Revenue => Analysis::Revenue { grain: self.revenue_grain },
        }
    }

    /// Fills itself in from a question; parameters of other analyses stay.
    pub(super) fn take(&mut self, question: Question) {
        let Question { query, analysis, .. } = question;
        self.conditions = conditions_of(query.filter.clone());
        (self.versus, self.others) = match query.compare.clone() {
            None => (Versus::Nothing, Vec::new()),
            Some(Comparison::Rest) => (Versus::Rest, Vec::new()),
            Some(Comparison::Filter { filter }) => (Versus::Filter, conditions_of(filter)),
        };
        self.query = Query { filter: Filter::All, compare: None, ..query };
        self.kind = match analysis {
            Analysis::Funnel(funnel) => {
                self.funnel = funnel;
                Kind::Funnel
            }
            Analysis::Retention(retention) => {
                self.retention = retention;
                Kind::Retention
            }
            Analysis::Paths(paths) => {
                self.paths = paths;
                Kind::Paths
            }
            Analysis::Transitions { weight, once_per_case, working_hours } => {
                (self.weight, self.once_per_case, self.working_hours) =
                    (weight, once_per_case, working_hours);
                Kind::Transitions
            }
            Analysis::Route(route) => {
                self.route = route;
                Kind::Route
            }
            Analysis::Steps { n_steps, anchor } => {
                (self.n_steps, self.anchor) = (n_steps, anchor.unwrap_or_default());
                Kind::Steps
            }
            Analysis::Lifecycle { names, grain, daily } => {
                (self.active, self.grain, self.is_daily) = (names, grain, daily);
                Kind::Lifecycle
            }
            Analysis::Stickiness { names, grain } => {
                (self.active, self.grain) = (names, grain);
                Kind::Stickiness
            }
            Analysis::Rework => Kind::Rework,
            Analysis::Sessions => Kind::Sessions,
            Analysis::Scores(scores) => {
                self.scores = scores;
                Kind::Scores
            }
            Analysis::Revenue { grain } => {
                self.revenue_grain = grain;
                Kind::Revenue
            }
            Analysis::Support(support) => {
                self.support = support;
                Kind::Support
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_survives_the_form() {
        for (kind, name) in Kind::ALL {
            let mut form = Form { kind, anchor: "order".to_owned(), versus: Versus::Rest, ..Form::new() };
            form.funnel.steps = vec![vec!["visit".to_owned()], vec!["order".to_owned()]];
            form.query.session_timeout_secs = 600;
            let question = form.question();
            let mut again = Form::new();
            again.take(question.clone());
            assert_eq!(again.question(), question, "{name} comes back as it was");
            assert_eq!(again.kind, kind, "{name} is chosen");
        }
    }

    #[test]
    fn empty_steps_are_not_asked_for() {
        let mut form = Form::new();
        form.funnel.steps = vec![vec!["visit".to_owned()], Vec::new(), vec!["order".to_owned()]];
        let Analysis::Funnel(funnel) = form.question().analysis else { panic!("a funnel was chosen") };
        assert_eq!(funnel.steps.len(), 2, "a step without an activity waits to be filled in");
        assert_eq!(form.funnel.steps.len(), 3, "and stays in the form");
    }
}
