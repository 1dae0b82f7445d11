//! Errors as JavaScript sees them: an `Error` whose name is the class that the SDK throws.

use thinned_core::{Error, Kind};
use wasm_bindgen::JsValue;

/// The error with its class as its name.
pub fn to_js(error: Error) -> JsValue {
    let thrown = js_sys::Error::new(&error.message);
    thrown.set_name(match error.kind {
        Kind::Range => "RangeError",
        Kind::Shape => "ShapeError",
        Kind::Type => "TypeError",
    });
    thrown.into()
}

/// A seed as the SDK has checked it: an integer in `[0, 2^53)`.
pub fn seed(value: f64) -> Result<u64, JsValue> {
    if (0.0..9_007_199_254_740_992.0).contains(&value) && value.fract() == 0.0 {
        Ok(value as u64)
    } else {
        Err(to_js(Error::range(format!("Cannot use seed {value}, wanted an integer in [0, 2^53)"))))
    }
}
