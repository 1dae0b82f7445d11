//! The check of a build whose engine is asked for what is experimental.

use crate::Best;
use crate::error::to_js;
use wasm_bindgen::prelude::*;

/// What of this build does not give its known answers, if anything.
#[wasm_bindgen(js_name = selfCheck)]
pub fn self_check() -> Result<Option<String>, JsValue> {
    Ok(thinned_core::self_check::self_check::<Best>().map_err(to_js)?.map(String::from))
}
