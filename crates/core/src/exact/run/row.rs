//! What is reported of one row of one layer, beside the statistics of its walk.

use crate::exact::affine::UnitStatistics;
use crate::exact::floor::single_precision_floor;
use crate::exact::linearize::Forms;
use crate::exact::plan::Method;
use crate::exact::reach::reach;
use crate::exact::rounding::{Bounds, bounds};
use crate::exact::statistics::{Beside, Compared, Family, RowStatistics, Table, report};
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Group;
use crate::network::Network;
use std::borrow::Cow;
use std::rc::Rc;

/// What the groups of a row have in common: the units of an image may be hundreds of groups.
pub struct SharedPass {
    pub deterministic: Rc<Subnetwork>,
    bounds: Bounds,
    floor: Option<Vec<f64>>,
}

impl SharedPass {
    /// The pass of row `x`; with the floors of single precision where it is compared with samples.
    pub fn new(network: &Network, x: &[f32], deterministic: &Rc<Subnetwork>, is_compared: bool) -> Self {
        Self {
            bounds: bounds(network, deterministic.target(), 0, x),
            floor: is_compared.then(|| single_precision_floor(network, deterministic)),
            deterministic: Rc::clone(deterministic),
        }
    }
}

/// Appends what is known of a row of one layer to its table; returns the error bound, with what the coefficients of its units
/// are off by where the method takes those as given.
pub fn put(
    network: &Network,
    group: &Group,
    x: &[f32],
    (deterministic, shared, forms): (&Subnetwork, Option<&SharedPass>, Option<&Forms>),
    layer: &RowStatistics,
    (outside, method): (Option<f64>, Method),
    table: &mut Table,
) -> f64 {
    let target = deterministic.target();
    let activities = &deterministic.values[target];
    let known = shared.and_then(|shared| shared.floor.as_deref()).map(Cow::Borrowed);
    let floor = outside.map(|_| known.unwrap_or_else(|| single_precision_floor(network, deterministic).into()));
    let ends = outside.map(|outside| reach(network, group, (deterministic, forms), &layer.units, outside));
    let compared =
        |index: usize, unit: usize| Some(Compared { floor: floor.as_ref()?[unit], reach: ends.as_ref()?[index] });
    let beside = group.units.iter().enumerate();
    let beside: Vec<Beside> = beside
        .map(|(index, &unit)| Beside { deterministic: activities[unit], compared: compared(index, unit) })
        .collect();
    report(table, Family::of(network.graph.activation(target)), layer, &beside, method.is_absolute());
    let bounds =
        shared.map_or_else(|| Cow::Owned(bounds(network, target, 0, x)), |shared| Cow::Borrowed(&shared.bounds));
    let error = |unit: &UnitStatistics| {
        unit.error_bound + if method.takes_coefficients() { bounds.of_coefficients(unit) } else { 0.0 }
    };
    // The deterministic pass has an error of its own, which is that of one subnetwork.
    layer.units.iter().map(error).fold(bounds.pass(), f64::max)
}

/// Whether every moment of a unit that will be reported is a number.
pub fn is_finite(unit: &UnitStatistics, with_fourth: bool) -> bool {
    let moments = unit.error_bound.is_finite() && unit.mean.is_finite() && unit.variance.is_finite();
    moments && (unit.fourth_moment.is_finite() || !with_fourth)
}
