//! Office Open XML workbooks: `.xlsx` and `.xlsm` (ECMA-376 part 1, transitional and strict).

mod sheet;
mod styles;
mod texts;

use self::{sheet::Sheet, styles::formats, texts::shared};
use crate::{
    Limits,
    archive::Archive,
    first::{FirstSheet, Sheet as _},
    number::NumberFormat,
    shared::SharedTexts,
    xml::{Xml, attribute},
};
use identity_core::sheet::{Budget, FileRefusal, Format, Row, Rows};
use quick_xml::events::Event;
use std::{collections::HashMap, sync::Arc};

/// What the sheets of a workbook have in common.
struct Book {
    texts: SharedTexts,
    formats: Vec<NumberFormat>,
    /// Days are counted from 1904 and not from 1900.
    from_1904: bool,
}

/// What a workbook says of itself.
#[derive(Default)]
struct Contents {
    /// The relations of the visible sheets.
    sheets: Vec<String>,
    from_1904: bool,
}

/// What parts a part refers to.
struct Relation {
    kind: String,
    part: String,
}

/// Opens the first visible sheet with something in it.
pub(crate) fn open(archive: &Archive, limits: Limits) -> Result<impl Rows + use<>, FileRefusal> {
    let workbook = relations(archive, "")?
        .into_values()
        .find(|it| it.kind == "officeDocument")
        .map_or_else(|| "xl/workbook.xml".to_owned(), |it| it.part);
    if !archive.contains(&workbook) {
        return Err(FileRefusal::FormatUnknown);
    }
    let contents = contents(archive, &workbook, limits)?;
    let related = relations(archive, &workbook)?;
    let part = |kind: &str| {
        related
            .values()
            .find(|it| it.kind == kind && archive.contains(&it.part))
            .map(|it| archive.part(&it.part))
            .transpose()
    };
    let book = Arc::new(Book {
        texts: match part("sharedStrings")? {
            Some(part) => shared(Xml::new(part), limits)?,
            None => SharedTexts::default(),
        },
        formats: match part("styles")? {
            Some(part) => formats(Xml::new(part))?,
            None => Vec::new(),
        },
        from_1904: contents.from_1904,
    });
    let mut parts = contents.sheets.iter().filter_map(|id| {
        related
            .get(id)
            .filter(|it| it.kind == "worksheet" && archive.contains(&it.part))
            .map(|it| it.part.as_str())
    });
    let mut first = Row::default();
    for name in parts.by_ref() {
        let xml = Xml::new(archive.part(name)?);
        let mut sheet = Sheet::new(xml, Arc::clone(&book), archive.left(), limits);
        if !sheet.next_row(&mut first)? {
            continue;
        }
        let mut others = 0;
        for name in parts {
            others += u32::from(sheet::has_values(Xml::new(archive.part(name)?))?);
        }
        return Ok(FirstSheet::new(Format::Xlsx, sheet, first, others, limits));
    }
    Err(FileRefusal::SheetNone)
}

fn contents(archive: &Archive, workbook: &str, limits: Limits) -> Result<Contents, FileRefusal> {
    let mut xml = Xml::new(archive.part(workbook)?);
    let mut contents = Contents::default();
    let mut sheets = 0;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "workbookPr" => {
                    let flag = attribute(&element, "date1904")?;
                    contents.from_1904 = matches!(flag.as_deref(), Some("1" | "true" | "on"));
                }
                "sheet" => {
                    sheets += 1;
                    if sheets > limits.entries {
                        return Err(limits.too_many(Budget::Entries));
                    }
                    let state = attribute(&element, "state")?;
                    if let (None | Some("visible"), Some(id)) =
                        (state.as_deref(), relation_id(&element)?)
                    {
                        contents.sheets.push(id);
                    }
                }
                _ => {}
            },
            Event::Eof => return Ok(contents),
            _ => {}
        }
    }
}

/// The `r:id` of an element, which must not be taken for another `id`.
fn relation_id(element: &quick_xml::events::BytesStart<'_>) -> Result<Option<String>, FileRefusal> {
    for it in element.attributes().with_checks(false) {
        let it = it.map_err(|_| FileRefusal::Corrupt { what: "XML" })?;
        if it.key.prefix().is_some() && it.key.local_name().as_ref() == "id" {
            return Ok(Some(it.value.into_owned()));
        }
    }
    Ok(None)
}

/// The relations of a part by their ids; those of the package for the empty name.
fn relations(archive: &Archive, of: &str) -> Result<HashMap<String, Relation>, FileRefusal> {
    let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
    let part = join(folder, &format!("_rels/{name}.rels"));
    let mut found = HashMap::new();
    if !archive.contains(&part) {
        return Ok(found);
    }
    let mut xml = Xml::new(archive.part(&part)?);
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                if let (Some(id), Some(kind), Some(target), None | Some("Internal")) = (
                    attribute(&element, "Id")?,
                    attribute(&element, "Type")?,
                    attribute(&element, "Target")?,
                    attribute(&element, "TargetMode")?.as_deref(),
                ) {
                    let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                    let part = join(folder, &target);
                    found.insert(id, Relation { kind, part });
                }
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
        // A relation needs a part to refer to, and those are counted.
        if found.len() > 100_000 {
            return Err(FileRefusal::Corrupt { what: "relations" });
        }
    }
}

/// The name of the part that `target` means in a folder.
fn join(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut steps: Vec<&str> = match target.starts_with('/') {
        true => Vec::new(),
        false => folder.split('/').collect(),
    };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            _ => steps.push(step),
        }
    }
    steps.retain(|it| !it.is_empty());
    steps.join("/").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_relative_to_the_part_that_names_them() {
        for (folder, target, part) in [
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("xl", "worksheets/Sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/styles.xml", "xl/styles.xml"),
            ("xl/a", "../b/./c.xml", "xl/b/c.xml"),
            ("xl", "../../../etc/passwd", "etc/passwd"),
            ("xl", "worksheets\\s.xml", "xl/worksheets/s.xml"),
        ] {
            assert_eq!(join(folder, target), part, "{folder} {target}");
        }
    }
}
