//! Words of the boundary that stand for what is computed.

use crate::error::to_js;
use thinned_core::Error;
use thinned_core::exact::detail::Detail;
use thinned_core::exact::plan::Purpose;
use wasm_bindgen::prelude::*;

/// `"report"` or `"crossCheck"`.
pub fn parse_purpose(word: &str) -> Result<Purpose, JsValue> {
    match word {
        "report" => Ok(Purpose::Report),
        "crossCheck" => Ok(Purpose::CrossCheck),
        _ => Err(to_js(Error::word(format!("Cannot plan for \"{word}\", wanted \"report\" or \"crossCheck\"")))),
    }
}

/// `"joint"` or `"given"`.
pub fn parse_detail(word: &str) -> Result<Detail, JsValue> {
    match word {
        "joint" => Ok(Detail::Joint),
        "given" => Ok(Detail::Given),
        _ => Err(to_js(Error::word(format!("Cannot compute \"{word}\", wanted \"joint\" or \"given\"")))),
    }
}
