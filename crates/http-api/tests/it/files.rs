//! Files of professionals.

use crate::host::{Host, get};
use axum::body::Body;
use http_api::Limits;
use identity_core::{
    hcp::search::HcpSearch,
    port::{Directory as _, Page},
    sheet::{FileRefusal, FileWarning, Format, Row, Rows, SheetReader},
};
use sheet_reader::Sheets;
use std::{
    fmt::Write as _,
    fs::File,
    sync::{Arc, Mutex, mpsc},
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

pub(crate) const FILE: &str = "First Name,Last Name,Email Address,Country Code,Mobile Phone,Note\n\
    Ada,Lovelace,ada@general.example,32,0470 12 34 56,x\n\
    Bob,,bob@general.example,,,\n\
    Cyd,Charm,not an address,,,\n\
    Dan,Dare,dan@general.example,,,\n";

#[tokio::test]
async fn a_check_says_what_an_import_would_do_and_does_nothing() {
    let host = Host::new().await;
    let check = host.upload("?check=true", FILE).await;
    insta::assert_snapshot!(check.shown(), @r#"
    200 OK
    cache-control: no-store
    content-type: application/json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "accepted": 2,
      "blank": 0,
      "created": 2,
      "format": "csv",
      "rejected": 2,
      "rejections": [
        {
          "code": "required_missing",
          "column": "Last Name",
          "message": "value is required",
          "row": 3
        },
        {
          "code": "email_syntax",
          "column": "Email Address",
          "message": "not an e-mail address of the form `name@example.org`",
          "row": 4
        }
      ],
      "rejections_complete": true,
      "rejections_next": null,
      "rows": 4,
      "unchanged": 0,
      "updated": 0,
      "warnings": [
        {
          "code": "header_unknown",
          "message": "column `Note` is not read"
        }
      ]
    }
    "#);
    assert_eq!(
        host.get("hcps").await.json()["items"],
        serde_json::json!([])
    );
    assert_eq!(host.upload("?check=false", FILE).await.status, 201);
    let again = host.upload("?check=true", FILE).await.json();
    assert_eq!(
        (&again["created"], &again["unchanged"]),
        (&0.into(), &2.into())
    );
}

#[tokio::test]
async fn an_import_says_what_it_did_and_is_found_again() {
    let host = Host::new().await;
    let made = host.upload("", FILE).await;
    insta::assert_snapshot!(made.shown(), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json
    location: /v1/tenants/<id>/imports/<id>
    x-content-type-options: nosniff
    x-request-id: test

    {
      "accepted": 2,
      "blank": 0,
      "created": 2,
      "finished_at": "2026-07-01T08:00:00Z",
      "format": "csv",
      "import": "<id>",
      "rejected": 2,
      "rejections": [
        {
          "code": "required_missing",
          "column": "Last Name",
          "message": "value is required",
          "row": 3
        },
        {
          "code": "email_syntax",
          "column": "Email Address",
          "message": "not an e-mail address of the form `name@example.org`",
          "row": 4
        }
      ],
      "rejections_complete": true,
      "rejections_next": null,
      "rows": 4,
      "started_at": "2026-07-01T08:00:00Z",
      "unchanged": 0,
      "updated": 0,
      "warnings": [
        {
          "code": "header_unknown",
          "message": "column `Note` is not read"
        }
      ]
    }
    "#);
    let location = made.header("location").unwrap();
    let kept = host.send(get(location, &host.token)).await;
    assert_eq!(kept.status, 200);
    let (told, kept) = (made.json(), kept.json());
    assert_eq!(told, kept);
    let rejections = host
        .send(get(&format!("{location}/rejections"), &host.token))
        .await;
    assert_eq!(rejections.json()["items"], kept["rejections"]);
    let page = format!("{location}/rejections?limit=1");
    let page = host.send(get(&page, &host.token)).await;
    insta::assert_snapshot!(page.shown(), @r#"
    200 OK
    cache-control: no-store
    content-type: application/json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "items": [
        {
          "code": "required_missing",
          "column": "Last Name",
          "message": "value is required",
          "row": 3
        }
      ],
      "next": "/v1/tenants/<id>/imports/<id>/rejections?after=3&limit=1"
    }
    "#);
    let next = page.json()["next"].as_str().unwrap().to_owned();
    let page = host.send(get(&next, &host.token)).await.json();
    assert_eq!(page["items"][0]["row"], 4);
    assert_eq!(page["next"], serde_json::Value::Null);
}

/// H3: the answer does not grow with the file.
#[tokio::test]
async fn of_many_rejections_the_first_are_listed_and_the_others_on_pages() {
    let host = Host::new().await;
    let mut file = "First Name,Last Name,Email Address\n".to_owned();
    for number in 0..1300 {
        writeln!(file, "Ada,,ada{number}@general.example").unwrap();
    }
    let check = host.upload("?check=true", &file).await.json();
    assert_eq!(check["rejected"], 1300);
    assert_eq!(check["rejections"].as_array().unwrap().len(), 500);
    assert_eq!(check["rejections_complete"], false);
    let import = host.upload("", &file).await.json();
    assert_eq!(import["rejections"], check["rejections"]);
    let mut next = import["rejections_next"].as_str().map(str::to_owned);
    let mut rows: Vec<_> = (2..=501).collect();
    while let Some(path) = next {
        let page = host.send(get(&path, &host.token)).await.json();
        let items = page["items"].as_array().unwrap().clone();
        rows.extend(items.iter().map(|it| it["row"].as_u64().unwrap()));
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(rows, (2..=1301).collect::<Vec<_>>());
}

/// J4: the same key gives the first answer; with another file it is refused.
#[tokio::test]
async fn a_key_imports_once() {
    let host = Host::new().await;
    let send = async |file: &str| {
        let request = host.post("").header("idempotency-key", "july-1");
        host.send(request.body(Body::from(file.to_owned())).unwrap())
            .await
    };
    let (first, mut told) = (send(FILE).await, send(FILE).await);
    assert_eq!(
        (first.status, told.status),
        (told.status, 201.try_into().unwrap())
    );
    assert_eq!(told.json(), first.json());
    told = send("First Name,Last Name,Email Address\n").await;
    insta::assert_snapshot!(told.shown(), @r#"
    422 Unprocessable Entity
    cache-control: no-store
    content-type: application/problem+json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "code": "operation_key_reused",
      "detail": "the key was used for another operation or content",
      "next": "use a new key for a new operation",
      "request_id": "test",
      "rule": "J4",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "urn:rollcall:problem:operation_key_reused"
    }
    "#);
}

fn form(parts: &[(&str, &str, &str)]) -> String {
    let mut form = String::new();
    for (name, file_name, text) in parts {
        write!(
            form,
            "--XX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
             Content-Type: text/csv\r\n\r\n{text}\r\n"
        )
        .unwrap();
    }
    form + "--XX--\r\n"
}

#[tokio::test]
async fn a_form_with_one_file_is_read_like_the_file() {
    let host = Host::new().await;
    let send = async |query: &str, form: String| {
        let request = host
            .post(query)
            .header("content-type", "multipart/form-data; boundary=XX");
        host.send(request.body(Body::from(form)).unwrap()).await
    };
    let raw = host.upload("?check=true", FILE).await;
    let same = send("?check=true", form(&[("file", "people.csv", FILE)])).await;
    assert_eq!(same, raw);
    // The name is looked at for a warning and nothing else.
    let named = send(
        "?check=true",
        form(&[("file", "../../etc/people.xlsx", FILE)]),
    )
    .await;
    let code = &named.json()["warnings"][0]["code"];
    assert_eq!(code, "file_format_mismatch");
    for (parts, code) in [
        (vec![], "400 multipart_parts"),
        (vec![("sheet", "a.csv", FILE)], "400 multipart_parts"),
        (
            vec![("file", "a.csv", FILE), ("file", "b.csv", FILE)],
            "400 multipart_parts",
        ),
        (
            vec![("file", "a.csv", FILE), ("note", "b.csv", "x")],
            "400 multipart_parts",
        ),
    ] {
        assert_eq!(send("", form(&parts)).await.code(), code);
    }
    let cut = form(&[("file", "a.csv", FILE)]).replace("--XX--\r\n", "");
    assert_eq!(send("", cut).await.code(), "400 multipart_invalid");
    assert_eq!(
        send("", String::new()).await.code(),
        "400 multipart_invalid"
    );
    let store = &host.rollcall.store;
    let parties = store
        .hcps(host.hospital.tenant, HcpSearch::default(), Page::first(9))
        .await;
    assert_eq!(parties.unwrap(), []);
}

#[tokio::test]
async fn a_file_of_the_very_limit_is_taken_and_one_byte_more_is_not() {
    let host = Host::within(Limits {
        file_bytes: FILE.len(),
        ..Limits::default()
    })
    .await;
    assert_eq!(host.upload("?check=true", FILE).await.status, 200);
    let more = format!("{FILE}\n");
    let answer = host.upload("?check=true", &more).await;
    assert_eq!(answer.code(), "413 body_too_large");
    for (file, code) in [
        (FILE.to_owned(), None),
        (more, Some("413 body_too_large")),
        // More than form and file may have together.
        ("x".repeat(99_999), Some("413 body_too_large")),
    ] {
        for declared in [true, false] {
            let form = form(&[("file", "people.csv", &file)]);
            let mut request = host
                .post("?check=true")
                .header("content-type", "multipart/form-data; boundary=XX");
            if declared {
                request = request.header("content-length", form.len());
            }
            let answer = host.send(request.body(Body::from(form)).unwrap()).await;
            match code {
                None => assert_eq!(answer.status, 200),
                Some(code) => assert_eq!(answer.code(), code),
            }
        }
    }
}

#[tokio::test]
async fn a_file_that_is_no_table_is_refused_with_what_is_wrong() {
    let host = Host::new().await;
    let mut lines = vec![];
    for (what, file) in [
        ("nothing", ""),
        ("a web page", "<!DOCTYPE html><html><table></table></html>"),
        ("a picture", "\u{89}PNG\r\n\u{1a}\n\0\0\0\rIHDR"),
        ("no header", "1,2,3\n4,5,6\n"),
        (
            "a column missing",
            "First Name,Email Address\nAda,ada@general.example\n",
        ),
        (
            "an open quote",
            "First Name,Last Name,Email Address\n\"Ada,x,y\n",
        ),
        ("a broken archive", "PK\u{3}\u{4}nonsense"),
    ] {
        lines.push(format!("{what}: {}", host.upload("", file).await.code()));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    nothing: 422 file_empty
    a web page: 415 file_html_disguised
    a picture: 415 file_format_unknown
    no header: 422 header_not_found
    a column missing: 422 header_missing
    an open quote: 422 csv_unterminated_quote
    a broken archive: 422 file_corrupt
    ");
    insta::assert_snapshot!(host.upload("", "1,2\n").await.shown(), @r#"
    422 Unprocessable Entity
    cache-control: no-store
    content-type: application/problem+json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "code": "header_not_found",
      "detail": "none of the first 20 rows names the columns First Name, Last Name and Email Address",
      "next": "give the first row the columns First Name, Last Name, Email Address, Country Code, Mobile Phone and Parent Organization ID",
      "request_id": "test",
      "rule": "H1",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "urn:rollcall:problem:header_not_found"
    }
    "#);
}

#[tokio::test]
async fn more_uploads_than_allowed_wait_outside() {
    let host = Host::within(Limits {
        imports_at_once: 0,
        ..Limits::default()
    })
    .await;
    let answer = host.upload("", FILE).await;
    assert_eq!(answer.code(), "503 imports_busy");
    assert_eq!(answer.header("retry-after"), Some("5"));
}

/// H3: a file that breaks off somewhere is refused before the first row of it is kept.
#[tokio::test]
async fn a_file_that_breaks_off_late_leaves_nothing() {
    let host = Host::new().await;
    let mut file = "First Name,Last Name,Email Address\n".to_owned();
    for number in 0..2500 {
        writeln!(file, "Ada,Lovelace,ada{number}@general.example").unwrap();
    }
    file.push_str("\"Bob,Open,bob@general.example\n");
    let answer = host.upload("", &file).await;
    assert_eq!(answer.code(), "422 csv_unterminated_quote");
    let none = serde_json::json!([]);
    assert_eq!(host.get("hcps").await.json()["items"], none);
}

/// A reader that panics, as a library in it might.
struct Panics;

impl SheetReader for Panics {
    fn open(&self, _: File, _: Option<&str>) -> Result<Box<dyn Rows>, FileRefusal> {
        panic!("canary")
    }
}

#[tokio::test]
async fn a_reader_that_panics_costs_one_request() {
    let host = Host::reading(Limits::default(), Arc::new(Panics)).await;
    for _ in 0..9 {
        let answer = host.upload("", FILE).await;
        assert_eq!(answer.code(), "500 internal");
    }
    assert_eq!(host.get("users").await.status, 200);
}

/// A reader that says when it begins, waits until it may, and says when its rows are given up.
struct Gate {
    began: UnboundedSender<()>,
    may: Mutex<mpsc::Receiver<()>>,
    ended: UnboundedSender<()>,
}

struct Gated {
    rows: Box<dyn Rows>,
    ended: UnboundedSender<()>,
}

impl SheetReader for Gate {
    fn open(&self, file: File, name: Option<&str>) -> Result<Box<dyn Rows>, FileRefusal> {
        self.began.send(()).unwrap();
        self.may.lock().unwrap().recv().unwrap();
        let rows = Sheets::default().open(file, name)?;
        let ended = self.ended.clone();
        Ok(Box::new(Gated { rows, ended }))
    }
}

impl Rows for Gated {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        self.rows.next_row(row)
    }
    fn format(&self) -> Format {
        self.rows.format()
    }
    fn warnings(&self) -> Vec<FileWarning> {
        self.rows.warnings()
    }
    fn progress(&self) -> (u64, u64) {
        self.rows.progress()
    }
}

impl Drop for Gated {
    fn drop(&mut self) {
        let _ = self.ended.send(());
    }
}

/// Once reading began, the import is made whether or not anybody waits for the answer; and its place is taken until then.
#[tokio::test]
async fn an_import_whose_client_goes_away_is_made_to_its_end() {
    let (began, mut begins) = unbounded_channel();
    let (ended, mut ends) = unbounded_channel();
    let (let_go, may) = mpsc::channel();
    let may = Mutex::new(may);
    let limits = Limits {
        imports_at_once: 1,
        ..Limits::default()
    };
    let gate = Arc::new(Gate { began, may, ended });
    let host = Arc::new(Host::reading(limits, gate).await);
    let client = {
        let host = Arc::clone(&host);
        tokio::spawn(async move { host.upload("", FILE).await })
    };
    begins.recv().await.unwrap();
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    let busy = host.upload("", FILE).await;
    assert_eq!(busy.code(), "503 imports_busy");
    let_go.send(()).unwrap();
    ends.recv().await.unwrap();
    let store = &host.rollcall.store;
    let parties = store
        .hcps(host.hospital.tenant, HcpSearch::default(), Page::first(9))
        .await;
    assert_eq!(parties.unwrap().len(), 2);
}
