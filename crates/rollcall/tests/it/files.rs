//! Files of professionals: check, import, and the rejected rows corrected and imported again.

use crate::desk::{ADA, Desk};
use serde_json::{Value, json};

const HEAD: &str = "First Name,Last Name,Email Address,Country Code,Mobile Phone,City\r\n";

fn people() -> String {
    format!(
        "{HEAD}\
         Eva,Maes,eva@x.example,32,0470 12 34 56,Ghent\r\n\
         Finn,Peeters,,32,0470 12 34 57,Ghent\r\n\
         ,,,,,\r\n\
         Gerd,-,gerd@x.example,+32,+32470123458,\"=HYPERLINK(\"\"x\"\")\"\r\n\
         Hugo,Claes,hugo at x,+32,+32470123459,Ghent\r\n"
    )
}

#[test]
fn a_file_is_checked_alone_where_there_is_no_database() {
    let desk = Desk::bare();
    let file = desk.write("people.csv", people());
    let ran = desk.run_json(&["hcp", "check", &file]);
    assert_eq!((ran.status, ran.err.as_str()), (3, ""));
    let document = ran.json();
    let counts = ["format", "rows", "accepted", "rejected", "blank"].map(|it| document[it].clone());
    assert_eq!(
        counts,
        [json!("csv"), json!(5), json!(2), json!(2), json!(1)]
    );
    assert_eq!(
        document["rejections"][0],
        json!({"row": 3, "column": "Email Address", "code": "required_missing", "message": "value is required"})
    );
    assert_eq!(document["rejections"][1]["row"], json!(6));
    assert_eq!(document["warnings"][0]["code"], json!("header_unknown"));
    assert!(document.get("created").is_none());
    assert_eq!(desk.names(), ["people.csv"], "nothing was made");
    let human = desk.run(&["hcp", "check", &file]);
    assert_eq!(human.status, 3);
    assert!(human.out.contains("the file alone") && human.out.contains("required_missing"));
    // A database that was named must be there.
    assert_eq!(
        desk.refused(&["hcp", "check", &file, "--db", "no.db"]),
        "database_missing"
    );
}

#[test]
fn with_a_database_a_check_says_what_would_change_and_changes_nothing() {
    let desk = Desk::with_tenant();
    let file = desk.write("people.csv", people());
    let document = desk.partly(&["hcp", "check", &file]);
    assert_eq!(
        (&document["created"], &document["unchanged"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(desk.done(&["hcp", "list"])["hcps"], json!([]));
}

#[test]
fn a_file_that_is_no_table_is_refused_with_its_reason() {
    let desk = Desk::with_tenant();
    for (name, text, code) in [
        ("empty.csv", &b""[..], "file_empty"),
        (
            "page.xls",
            b"<!DOCTYPE html><html><body>Log in</body></html>",
            "file_html_disguised",
        ),
        (
            "short.csv",
            b"First Name,Email Address\nEva,eva@x.example\n",
            "header_missing",
        ),
        ("none.csv", b"1,2,3\n4,5,6\n", "header_not_found"),
        (
            "photo.jpg",
            b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
            "file_format_unknown",
        ),
    ] {
        desk.write(name, text);
        for command in ["check", "import"] {
            assert_eq!(desk.refused(&["hcp", command, name]), code, "{name}");
        }
    }
    assert_eq!(
        desk.refused(&["hcp", "import", "nowhere.xlsx"]),
        "file_unreadable"
    );
    assert_eq!(desk.refused(&["hcp", "import", "."]), "file_unreadable");
}

#[test]
fn rejected_rows_are_corrected_and_complete_the_file() {
    let desk = Desk::with_tenant();
    let file = desk.write("people.csv", people());
    let document = desk.partly(&["hcp", "import", &file, "--rejects", "out.csv"]);
    assert_eq!(
        (&document["created"], &document["rejected"]),
        (&json!(2), &json!(2))
    );
    assert!(document["import"].is_string());
    let text = desk.read("out.csv");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "\u{feff}\"First Name\",\"Last Name\",\"Email Address\",\"Country Code\",\"Mobile Phone\",\"City\",\"Rejection\",\"Rejection Message\"",
            "\"Finn\",\"Peeters\",\"\",\"32\",\"0470 12 34 57\",\"Ghent\",\"required_missing\",\"Email Address: value is required\"",
            "\"Hugo\",\"Claes\",\"hugo at x\",\"'+32\",\"'+32470123459\",\"Ghent\",\"email_syntax\",\"Email Address: not an e-mail address of the form `name@example.org`\"",
        ]
    );
    // Uncorrected they are rejected again, with one pair of columns still.
    let again = desk.partly(&["hcp", "import", "out.csv", "--rejects", "out2.csv"]);
    assert_eq!(again["rejected"], json!(2));
    assert_eq!(desk.read("out2.csv").lines().count(), 3);
    assert_eq!(desk.read("out2.csv").matches("Rejection").count(), 2);
    let corrected = desk
        .read("out2.csv")
        .replace("\"\",\"32\"", "\"finn@x.example\",\"32\"")
        .replace("hugo at x", "hugo@x.example");
    desk.write("out2.csv", corrected);
    let completed = desk.run(&["hcp", "import", "out2.csv", "--rejects", "out3.csv"]);
    assert_eq!(completed.status, 0, "{completed:?}");
    assert!(
        completed
            .out
            .contains("Nothing was rejected, and no file was written")
    );
    assert_eq!(
        desk.names(),
        ["out.csv", "out2.csv", "people.csv", "rollcall.db"]
    );
    let hcps = desk.done(&["hcp", "list"]);
    let hcps = hcps["hcps"].as_array().unwrap();
    let mut phones: Vec<&Value> = hcps.iter().map(|it| &it["phone"]).collect();
    phones.sort_by_key(ToString::to_string);
    assert_eq!(
        phones,
        [
            "+32470123456",
            "+32470123457",
            "+32470123458",
            "+32470123459"
        ]
    );
}

#[test]
fn the_same_file_again_changes_nothing_and_the_same_key_answers_the_same() {
    let desk = Desk::with_tenant();
    let file = desk.write("people.csv", people());
    let keyed = ["hcp", "import", &file, "--operation-key", "june"];
    let first = desk.partly(&keyed);
    let mut rejects = keyed.to_vec();
    rejects.extend(["--rejects", "out.csv"]);
    let second = desk.partly(&rejects);
    for member in ["import", "created", "rejected", "rejections"] {
        assert_eq!(first[member], second[member], "{member}");
    }
    assert_eq!(desk.read("out.csv").lines().count(), 3);
    let anew = desk.partly(&["hcp", "import", &file]);
    assert_eq!(
        (&anew["created"], &anew["unchanged"]),
        (&json!(0), &json!(2))
    );
    desk.write("people.csv", people().replace("Maes", "Mertens"));
    assert_eq!(desk.refused(&keyed), "operation_key_reused");
}

#[test]
fn rejected_rows_are_never_written_over_what_is_needed() {
    let desk = Desk::with_tenant();
    let file = desk.write("people.csv", people());
    for out in ["people.csv", "./people.csv", "rollcall.db"] {
        assert_eq!(
            desk.refused(&["hcp", "import", &file, "--rejects", out]),
            "rejects_overwrite"
        );
    }
    for out in [".", "no/folder.csv"] {
        assert_eq!(
            desk.refused(&["hcp", "import", &file, "--rejects", out]),
            "rejects_unwritable"
        );
    }
    assert_eq!(desk.read("people.csv"), people());
    assert_eq!(
        desk.done(&["hcp", "list"])["hcps"],
        json!([]),
        "nothing was imported"
    );
}

#[test]
fn rows_beyond_those_listed_are_counted() {
    let desk = Desk::bare();
    let rows: String = (0..100)
        .map(|it| format!("A,B,nobody{it},,,\r\n"))
        .collect();
    let file = desk.write("many.csv", format!("{HEAD}{rows}"));
    let human = desk.run(&["hcp", "check", &file]);
    assert!(
        human
            .out
            .contains("and 80 more; in all:\n      100  Email Address email_syntax"),
        "{}",
        human.out
    );
    let document = desk.partly(&["hcp", "check", &file]);
    assert_eq!(document["rejections"].as_array().unwrap().len(), 100);
}

#[test]
fn an_organisation_stands_above_professionals() {
    let desk = Desk::with_tenant();
    let hospital = desk.done(&["hcp", "add-organisation", "--name", "St. Clare Hospital"]);
    let hospital = hospital["hcp"].as_str().unwrap();
    let ward = desk.done(&[
        "hcp",
        "add-organization",
        "--name",
        "Ward 3",
        "--parent",
        hospital,
    ]);
    let text = format!(
        "First Name,Last Name,Email Address,Parent Organization ID\nEva,Maes,eva@x.example,{}\nFinn,Maes,finn@x.example,018c2c1d-7c00-7b6a-8f2e-0123456789ab\n",
        ward["hcp"].as_str().unwrap()
    );
    let file = desk.write("ward.csv", text);
    let document = desk.partly(&["hcp", "import", &file, "--rejects", "out.csv", "--as", ADA]);
    assert_eq!(document["rejections"][0]["code"], json!("parent_not_found"));
    assert!(desk.read("out.csv").contains("\"finn@x.example\""));
    let hcps = desk.done(&["hcp", "list"]);
    let hcps = hcps["hcps"].as_array().unwrap();
    let eva = hcps
        .iter()
        .find(|it| it["kind"] == json!("professional"))
        .unwrap();
    assert_eq!(eva["parent"], ward["hcp"]);
}
