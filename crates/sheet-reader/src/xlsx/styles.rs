//! The number formats of the styles that cells have.

use crate::{
    number::NumberFormat,
    xml::{Xml, attribute},
};
use identity_core::sheet::FileRefusal;
use quick_xml::events::Event;
use std::collections::HashMap;

/// As many styles as a workbook can have.
const MOST_STYLES: usize = 65_536;

/// Reads the formats of all cell styles.
pub(crate) fn formats(mut xml: Xml) -> Result<Vec<NumberFormat>, FileRefusal> {
    let mut codes = HashMap::new();
    let mut styles = Vec::new();
    let mut in_cell_styles = false;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "numFmt" if codes.len() < MOST_STYLES => {
                    if let (Some(id), Some(code)) = (
                        attribute(&element, "numFmtId")?.and_then(|it| it.parse::<u32>().ok()),
                        attribute(&element, "formatCode")?,
                    ) {
                        codes.insert(id, NumberFormat::of(&code));
                    }
                }
                "cellXfs" => in_cell_styles = true,
                "xf" if in_cell_styles && styles.len() < MOST_STYLES => {
                    let id = attribute(&element, "numFmtId")?
                        .and_then(|it| it.parse::<u32>().ok())
                        .unwrap_or(0);
                    styles.push(
                        codes
                            .get(&id)
                            .copied()
                            .unwrap_or_else(|| NumberFormat::built_in(id)),
                    );
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => {
                in_cell_styles = false;
            }
            Event::Eof => return Ok(styles),
            _ => {}
        }
    }
}
