//! XML Spreadsheet 2003.

use super::{MIB, SCALE, assert_outcomes};

/// An XML Spreadsheet 2003 with these styles, and this in its workbook.
fn spreadsheet2003(styles: &str, sheets: &[u8]) -> Vec<u8> {
    let root = "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Styles>";
    [
        root.as_bytes(),
        styles.as_bytes(),
        b"</Styles>",
        sheets,
        b"</Workbook>",
    ]
    .concat()
}

#[test]
fn xml_spreadsheet_2003_with_tricks_is_refused() {
    let mib = 100 / SCALE as usize;
    let one = |rows: &str| {
        spreadsheet2003(
            "",
            format!("<Worksheet><Table>{rows}</Table></Worksheet>").as_bytes(),
        )
    };
    let long = vec![b'x'; mib * MIB];
    let data: &[u8] = b"<Worksheet><Table><Row><Cell><Data>";
    let end: &[u8] = b"</Data></Cell></Row></Table></Worksheet>";
    let filled = "<Data Type=\"Number\">1</Data>";
    let styles: String = (0..66_000)
        .map(|it| format!("<Style ID=\"{it}\"><NumberFormat Format=\"00\"/></Style>"))
        .collect();
    let named = format!(
        "<Style ID=\"{}\"><NumberFormat Format=\"00\"/></Style>",
        "x".repeat(256)
    );
    let columns = "<Column Span=\"4294967295\"/><Column Index=\"4294967295\" Span=\"4294967295\"/>"
        .repeat(1_000);
    let hidden = "<Worksheet><Table><Row><Cell><Data>x</Data></Cell></Row></Table><O><Visible>SheetHidden</Visible></O></Worksheet>";
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>";
    let root = "<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";
    assert_outcomes(vec![
        (
            "none",
            one(&format!("<Row><Cell>{filled}</Cell></Row>")),
            "1 rows",
        ),
        (
            "opposite corners",
            one(&format!(
                "<Row><Cell>{filled}</Cell></Row><Row Index=\"1048576\"><Cell Index=\"16384\">{filled}</Cell></Row>"
            )),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        (
            "first and last row",
            one(&format!(
                "<Row><Cell>{filled}</Cell></Row><Row Index=\"1048576\"><Cell>{filled}</Cell><Cell Index=\"4294967295\" MergeAcross=\"4294967295\"/></Row>\
                <Row Index=\"4294967295\" Span=\"4294967295\"/><Row Span=\"4294967295\"/>"
            )),
            "2 rows",
        ),
        (
            "a row that no sheet has",
            one(&format!(
                "<Row Index=\"1048577\"><Cell>{filled}</Cell></Row>"
            )),
            "file_budget_exceeded (file has more than 1048576 rows",
        ),
        (
            "a row behind all",
            one(&format!(
                "<Row Span=\"4294967295\"/><Row Span=\"4294967295\"/><Row><Cell>{filled}</Cell></Row>"
            )),
            "file_budget_exceeded (file has more than 1048576 rows",
        ),
        (
            "rows backwards",
            one("<Row Index=\"2\"/><Row Index=\"1\"/>"),
            "sheet_rows_out_of_order",
        ),
        (
            "a row twice",
            one("<Row Index=\"2\"/><Row Index=\"2\"/>"),
            "sheet_rows_out_of_order",
        ),
        (
            "row zero",
            one("<Row Index=\"0\"/>"),
            "file_corrupt (file is damaged: place",
        ),
        (
            "cells backwards",
            one("<Row><Cell Index=\"2\"/><Cell Index=\"1\"/></Row>"),
            "file_corrupt (file is damaged: order of cells",
        ),
        (
            "a cell under another",
            one("<Row><Cell MergeAcross=\"3\"/><Cell Index=\"2\"/></Row>"),
            "file_corrupt (file is damaged: order of cells",
        ),
        (
            "cell zero",
            one("<Row><Cell Index=\"0\"/></Row>"),
            "file_corrupt (file is damaged: place",
        ),
        (
            "a merged cell everywhere",
            one(&format!(
                "<Row><Cell MergeAcross=\"4294967295\">{filled}</Cell><Cell>{filled}</Cell></Row>"
            )),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        (
            "no number",
            one("<Row Index=\"x\"/>"),
            "file_corrupt (file is damaged: place",
        ),
        ("columns everywhere", one(&columns), "sheet_none"),
        (
            "columns backwards",
            one("<Column Index=\"4\"/><Column Index=\"3\"/>"),
            "file_corrupt (file is damaged: order of columns",
        ),
        (
            "many styles",
            spreadsheet2003(&styles, b""),
            "file_corrupt (file is damaged: styles",
        ),
        (
            "a long name",
            spreadsheet2003(&named, b""),
            "file_corrupt (file is damaged: styles",
        ),
        (
            "one long text",
            spreadsheet2003("", &[data, &long, end].concat()),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one long number",
            one(&format!(
                "<Row><Cell><Data Type=\"Number\">{}<b/>1</Data></Cell></Row>",
                "0".repeat(200_000)
            )),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "many short texts",
            spreadsheet2003(
                "",
                &[data, &b"<i>x</i>".repeat(mib * MIB / 8), end].concat(),
            ),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one long comment",
            spreadsheet2003("", &[b"<!--", long.as_slice(), b"-->"].concat()),
            "file_budget_exceeded",
        ),
        (
            "deep nesting",
            spreadsheet2003("", &[data, &b"<b>".repeat(mib * MIB / 3)].concat()),
            "file_corrupt (file is damaged: XML nested too deep",
        ),
        (
            "many sheets",
            spreadsheet2003("", &b"<Worksheet/>".repeat(2_001)),
            "file_budget_exceeded (file has more than 2000",
        ),
        (
            "many hidden sheets",
            spreadsheet2003("", hidden.repeat(2_001).as_bytes()),
            "file_budget_exceeded (file has more than 2000",
        ),
        (
            "all hidden",
            spreadsheet2003("", hidden.as_bytes()),
            "sheet_none",
        ),
        (
            "many attributes",
            one(&format!(
                "<Row {}><Cell>{filled}</Cell></Row>",
                "a=\"\" ".repeat(100_000)
            )),
            "1 rows",
        ),
        (
            "an unknown entity",
            one("<Row><Cell><Data>&boom;</Data></Cell></Row>"),
            "file_corrupt (file is damaged: XML entity",
        ),
        (
            "a document type",
            format!("{bomb}{root}&b;</Workbook>").into_bytes(),
            "xml_dtd_forbidden",
        ),
        (
            "a document type within",
            format!(
                "<?xml version='1.0'?>{root}<Styles>{}{bomb}",
                "<a/>".repeat(10_000)
            )
            .into_bytes(),
            "xml_dtd_forbidden",
        ),
        ("open elements", one("<Row><Cell>"), "file_corrupt"),
        (
            "rows without a cell",
            one(&"<Row/>".repeat(mib * MIB / 6)),
            "sheet_none",
        ),
    ]);
}
