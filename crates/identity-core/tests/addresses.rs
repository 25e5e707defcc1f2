//! The hard cases of addresses that others collected, each with what is made of it here. `addresses.tsv` says where its own are from.

#![expect(
    clippy::unwrap_used,
    reason = "a table that is not as it should be ends the test"
)]

use identity_core::email::{Email, EmailRefusal};

const CASES: &str = include_str!("addresses.tsv");

/// A line of the table.
struct Case {
    number: u32,
    /// What its authors say of it.
    theirs: &'static str,
    /// What is said of it here.
    ours: &'static str,
    address: String,
}

fn cases() -> Vec<Case> {
    let lines = CASES.lines().filter(|it| !it.starts_with('#'));
    let case = |line: &'static str| {
        let mut columns = line.split('\t');
        let mut column = || columns.next().unwrap();
        Case {
            number: column().parse().unwrap(),
            theirs: column(),
            ours: column(),
            address: column().chars().map(meant).collect(),
        }
    };
    lines.map(case).collect()
}

/// The character that a symbol stands for.
fn meant(symbol: char) -> char {
    match u32::from(symbol) {
        0x2421 => '\u{7f}',
        it @ 0x2400..=0x2420 => char::from_u32(it - 0x2400).unwrap(),
        _ => symbol,
    }
}

fn said(address: &str) -> &'static str {
    match Email::parse(address) {
        Ok(_) => "address",
        Err(EmailRefusal::Empty) => "empty",
        Err(EmailRefusal::TooLong) => "too_long",
        Err(EmailRefusal::Multiple) => "multiple",
        Err(EmailRefusal::DisplayName) => "display_name",
        Err(EmailRefusal::Syntax) => "syntax",
    }
}

#[test]
fn each_hard_case_is_read_as_the_table_says() {
    let cases = cases();
    assert_eq!(cases.len(), 164);
    let other: Vec<_> = cases
        .iter()
        .filter(|it| said(&it.address) != it.ours)
        .map(|it| format!("{}\t{}", it.number, said(&it.address)))
        .collect();
    assert!(other.is_empty(), "read otherwise:\n{}", other.join("\n"));
}

/// What its authors call no address is taken for none, but for blanks around a good one.
#[test]
fn nothing_that_is_no_address_is_taken_for_one() {
    for it in cases() {
        let taken = it.ours == "address";
        let blanks = it.address.trim() != it.address;
        assert!(
            !taken || blanks || !it.theirs.starts_with("err_"),
            "{}",
            it.number
        );
    }
}

/// What its authors have nothing to say against is an address.
#[test]
fn every_valid_address_is_one() {
    for it in cases().iter().filter(|it| it.theirs == "valid") {
        assert_eq!(it.ours, "address", "{}", it.number);
    }
}

/// The examples of RFC 3696, section 3, with its erratum 246: none that needs quotes is read here.
#[test]
fn the_examples_of_rfc_3696() {
    for (address, ours) in [
        (r"Abc\@def@example.com", "syntax"),
        (r"Fred\ Bloggs@example.com", "syntax"),
        (r"Joe.\\Blow@example.com", "syntax"),
        (r#""Abc@def"@example.com"#, "syntax"),
        (r#""Fred Bloggs"@example.com"#, "syntax"),
        (r#""Abc\@def"@example.com"#, "syntax"),
        (r#""Joe.\\Blow"@example.com"#, "syntax"),
        ("user+mailbox@example.com", "address"),
        ("customer/department=shipping@example.com", "address"),
        ("$A12345@example.com", "address"),
        ("!def!xyz%abc@example.com", "address"),
        ("_somename@example.com", "address"),
    ] {
        assert_eq!(said(address), ours, "{address}");
    }
}

/// The word for a test in eleven scripts, and what IANA's root zone database calls the top-level domain of that name: names before
/// the `@` and domains behind it are read in each, and the key has the domain's own name.
#[test]
fn the_test_domains_of_iana_in_eleven_scripts() {
    for (word, domain) in [
        ("إختبار", "xn--kgbechtv"),
        ("آزمایشی", "xn--hgbk6aj7f53bba"),
        ("测试", "xn--0zwm56d"),
        ("測試", "xn--g6w251d"),
        ("испытание", "xn--80akhbyknj4f"),
        ("परीक्षा", "xn--11b5bs3a9aj6g"),
        ("δοκιμή", "xn--jxalpdlp"),
        ("테스트", "xn--9t4b11yi5a"),
        ("טעסט", "xn--deba0ad"),
        ("テスト", "xn--zckzah"),
        ("பரிட்சை", "xn--hlcj6aya9esc7a"),
    ] {
        let address = Email::parse(&format!("{word}@{word}.{word}"));
        let key = format!("{word}@{domain}.{domain}");
        assert_eq!(address.unwrap().key().as_str(), key);
        assert_eq!(said(&format!("{word}@{domain}.{domain}")), "address");
    }
}
