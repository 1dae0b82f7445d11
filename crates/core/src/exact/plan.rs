//! Which method an exact computation will use and what it will cost, known before it starts.
//!
//! Costs come from a static table ([`method`]) on purpose: a measured one would let the speed of a machine choose the method, and
//! with it the bits of the result.

mod method;
#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::exact::conditioned;
use crate::exact::last_layer::Integral;
use crate::exact::upstream::{Class, classes};
use crate::network::Graph;
use method::METHODS;

pub use method::{MOST_ENUMERATED, Method, integral_seconds, products};

/// A method that takes no longer than this for a row is fast enough for the order of preference to decide.
const SECONDS_OF_NO_MATTER: f64 = 2e-3;

/// What the statistics are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be reported.
    Report,
    /// To be compared with sampled ones, which takes the fourth moment as well.
    CrossCheck,
}

/// The plan for one layer or unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The method for every group of units.
    pub method: Method,
    /// What for.
    pub purpose: Purpose,
    /// Gates upstream; of the unit that has most, where units differ. The subnetworks are `2^gates`.
    pub gates: usize,
    /// Evaluations for each row of input, over all groups of units: passes of an enumeration, units of a formula.
    pub evaluations: f64,
    /// An estimate for one row.
    pub seconds_per_row: f64,
}

/// Plans the statistics of all units of `node`, or of one, by the named method or the cheapest.
///
/// # Errors
/// `Range` when the node, the unit or the method does not exist or does not apply.
pub fn plan(
    graph: &Graph,
    node: usize,
    unit: Option<usize>,
    method: Option<&str>,
    purpose: Purpose,
) -> Result<Plan, Error> {
    refuse_noise(graph, node)?;
    let classes = classes(graph, node, unit)?;
    let target = graph.before_gates(node);
    let gates = classes.iter().map(Class::gates).max().unwrap_or(0);
    // Conditioning is one walk over the outer gates, and its estimate already for all units.
    let walks = |method: Method| match method {
        Method::Conditioned => vec![Class { groups: 1, like: conditioned::group(graph, target, unit) }],
        _ => classes.clone(),
    };
    let seconds =
        |method: Method| walks(method).iter().map(|class| method.seconds(graph, node, unit, class)).sum::<f64>();
    let has_fourth = |method: Method| match method {
        Method::LinearNetwork => false,
        Method::Characteristic | Method::Conditioned => Integral::of(graph, target) != Some(Integral::Softplus),
        _ => true,
    };
    let serves = |method: &Method| purpose == Purpose::Report || has_fourth(*method);
    let method = match method {
        Some(name) => {
            let method = named(graph, node, (target, unit), gates, name)?;
            if !serves(&method) {
                return Err(Error::range(format!(
                    "Cannot cross-check layer \"{}\" by method \"{name}\": it leaves the fourth moment of these units open; \
                     without a method another is taken",
                    graph.nodes[node].name
                )));
            }
            method
        }
        None => {
            let applies = |method: &Method| method.refusal(graph, target, unit, gates).is_none();
            let applicable = METHODS.into_iter().filter(serves).filter(applies);
            let estimates: Vec<(Method, f64)> = applicable.map(|method| (method, seconds(method))).collect();
            let preferred = estimates.iter().find(|(_, seconds)| *seconds <= SECONDS_OF_NO_MATTER);
            let cheapest = || estimates.iter().min_by(|a, b| a.1.total_cmp(&b.1));
            preferred.or_else(cheapest).map_or(Method::Reference, |(method, _)| *method)
        }
    };
    let evaluations =
        walks(method).iter().map(|class| class.groups as f64 * method.evaluations(class.units(), class.gates())).sum();
    Ok(Plan { method, purpose, gates, evaluations, seconds_per_row: seconds(method) })
}

/// Refuses what no enumeration of subnetworks reaches, before any work.
fn refuse_noise(graph: &Graph, node: usize) -> Result<(), Error> {
    let Some(found) = graph.nodes.get(node) else { return Ok(()) };
    let needed = graph.ancestors(&[graph.before_gates(node)]);
    let is_noise = |index: &usize| {
        let site = graph.nodes[*index].operation.site().map(|site| &graph.sites[site]);
        needed[*index] && site.is_some_and(|site| site.is_random() && !site.is_thinning())
    };
    let names: Vec<&str> =
        (0..graph.nodes.len()).filter(is_noise).map(|index| graph.nodes[index].name.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(Error::range(format!(
        "Cannot compute exact statistics of layer \"{}\": it depends on {names:?}, whose noise does not thin a network; \
         wanted dropout, spatial dropout or connection gates alone: predictMC() samples the others",
        found.name
    )))
}

fn named(
    graph: &Graph,
    node: usize,
    (target, unit): (usize, Option<usize>),
    gates: usize,
    name: &str,
) -> Result<Method, Error> {
    let layer = &graph.nodes[node].name;
    let candidates: Vec<Method> = METHODS.into_iter().filter(|method| method.name() == name).collect();
    if let Some(method) = candidates.iter().find(|method| method.refusal(graph, target, unit, gates).is_none()) {
        return Ok(*method);
    }
    match candidates.last().and_then(|method| method.refusal(graph, target, unit, gates)) {
        None => {
            let mut names = METHODS.map(Method::name).to_vec();
            names.dedup();
            let message = format!("Cannot compute layer \"{layer}\" by method \"{name}\": wanted one of {names:?}");
            Err(Error::range(message))
        }
        Some(why) => Err(Error::range(format!(
            "Cannot compute layer \"{layer}\" by method \"{name}\": {why}; without a method the cheapest is taken"
        ))),
    }
}
