//! Kernels in panels, packed when they are first needed and kept for as long as the parameters stay what they are.

use super::Parameters;
use crate::gemm::{Matrix, Panels};
use core::cell::{OnceCell, RefCell};
use std::rc::{Rc, Weak};
use thinned_lanes::Backend;

/// The packed kernels of one version of the parameters, by parameter.
#[derive(Debug, Default)]
pub struct PackedKernels(Vec<OnceCell<Panels>>);

impl PackedKernels {
    /// The kernel `index`, `[inputs, units]`, in panels.
    pub fn get<B: Backend>(&self, index: usize, kernel: Matrix) -> &Panels {
        self.0[index].get_or_init(|| {
            let mut panels = Panels::default();
            panels.pack::<B>(kernel);
            panels
        })
    }
}

/// What a network keeps of its packed kernels: those of the parameters that were packed last.
///
/// The weak reference tells versions apart. `Rc::make_mut` moves parameters that it would otherwise change in place while a weak
/// reference to them exists, so that the reference of another version never upgrades to this one.
#[derive(Clone, Debug, Default)]
pub struct PackedCache(RefCell<(Weak<Parameters>, Rc<PackedKernels>)>);

impl PackedCache {
    /// The packed kernels of `parameters`, none of which need be packed yet.
    pub fn of(&self, parameters: &Rc<Parameters>) -> Rc<PackedKernels> {
        let mut kept = self.0.borrow_mut();
        if !kept.0.upgrade().is_some_and(|of| Rc::ptr_eq(&of, parameters)) {
            let cells = parameters.iter().map(|_| OnceCell::new()).collect();
            *kept = (Rc::downgrade(parameters), Rc::new(PackedKernels(cells)));
        }
        kept.1.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gemm::{Left, Lists, multiply_panels};
    use thinned_lanes::Best;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn first_of(cache: &PackedCache, parameters: &Rc<Parameters>) -> f32 {
        let kernels = cache.of(parameters);
        let panels = kernels.get::<Best>(0, Matrix::row_major(&parameters[0], 1, 2));
        let mut row = [0.0; 2];
        let one = Left::Plain(Matrix::row_major(&[1.0], 1, 1));
        multiply_panels::<Best>(one, panels, &mut row, &mut Lists::default(), false);
        row[0]
    }

    #[test]
    fn another_version_of_the_parameters_is_packed_anew() {
        let cache = PackedCache::default();
        let mut parameters = Rc::new(vec![vec![1.0, 2.0]]);
        assert_eq!(first_of(&cache, &parameters), 1.0);
        assert!(Rc::ptr_eq(&cache.of(&parameters), &cache.of(&parameters)), "packed once");
        Rc::make_mut(&mut parameters)[0][0] = 3.0;
        assert_eq!(first_of(&cache, &parameters), 3.0, "changed while nobody else held them");
        let held = parameters.clone();
        Rc::make_mut(&mut parameters)[0][0] = 4.0;
        assert_eq!(first_of(&cache, &parameters), 4.0);
        assert_eq!(first_of(&cache, &held), 3.0);
        parameters = Rc::new(vec![vec![5.0, 6.0]]);
        assert_eq!(first_of(&cache, &parameters), 5.0);
    }
}
