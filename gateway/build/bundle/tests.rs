use super::super::source::{Language, Source};
use super::*;

fn files(contents: &[(&str, &str)]) -> Files {
    let file = |(path, content): &(&str, &str)| {
        let language = if path.ends_with(".html") { Language::Markup } else { Language::Script };
        let content = content.as_bytes().to_vec();
        ((*path).to_owned(), Source { language, content_type: "", is_hashed: true, content })
    };
    contents.iter().map(file).collect()
}

const PAGE: (&str, &str) = ("/index.html", r#"<script type="module" src="/main.js"></script>"#);

fn bundled(contents: &[(&str, &str)]) -> Vec<(String, String)> {
    let made = of(&files(contents)).unwrap();
    made.iter().map(|(path, file)| (path.clone(), file.text().to_owned())).collect()
}

fn refusal(contents: &[(&str, &str)]) -> String {
    of(&files(contents)).unwrap_err().to_string()
}

#[test]
fn modules_become_one_script_each_behind_what_it_imports() {
    let made = bundled(&[
        PAGE,
        (
            "/main.js",
            "import { a as first } from \"./a.js\";\nimport * as b from \"/b.js\";\nimport \"./c.js\";\nawait first(b.b);",
        ),
        (
            "/a.js",
            "import { b } from \"./b.js\";\nexport function a() {\n  return b;\n}\nexport class A {}\n",
        ),
        (
            "/b.js",
            "const own = 1;\nexport const b = own;\nexport { own, own as other };\nexport { c } from \"./c.js\";",
        ),
        ("/c.js", "export const c = 3;"),
        ("/unused.js", ""),
    ]);
    let expected = "const module$2 = (() => {const c = 3;\nreturn { c };\n})();\n\
        const module$1 = (() => {const own = 1;\nconst b = own;\n\n\nreturn { b, own: own, other: own, c: module$2.c };\n})();\n\
        const module$0 = (() => {const { b: b } = module$1;\nfunction a() {\n  return b;\n}\nclass A {}\n\nreturn { a, A };\n})();\n\
        const { a: first } = module$0;\nconst b = module$1;\n\nawait first(b.b);";
    assert_eq!(made, [PAGE, ("/main.js", expected)].map(|(path, text)| (path.to_owned(), text.to_owned())));
}

#[test]
fn the_library_exports_what_its_first_module_does() {
    let made = bundled(&[
        ("/gochat.js", "export { A, b as c } from \"./gochat/a.js\";\nexport const d = import.meta.url;"),
        ("/gochat/a.js", "export class A {}\nexport async function b() {}"),
    ]);
    let [(path, text)] = &made[..] else { panic!("{made:?}") };
    assert_eq!(path, "/gochat.js");
    assert!(
        text.ends_with("export const { A: A, b: c } = module$1;\nexport const d = import.meta.url;"),
        "{text}"
    );
}

#[test]
fn what_is_loaded_later_takes_what_is_there_and_every_module_is_made_once() {
    let made = bundled(&[
        PAGE,
        ("/main.js", "import { s } from \"./state.js\";\nimport(\"./x.js\"); import(\"./y.js\");"),
        ("/state.js", "export const s = {};"),
        ("/shared.js", "import { s } from \"./state.js\";\nexport const t = s;"),
        (
            "/x.js",
            "import { t } from \"./shared.js\";\nimport { s } from \"./state.js\";\nexport const x = [s, t];",
        ),
        ("/y.js", "import { t } from \"./shared.js\";\nimport { z } from \"./z.js\";\nexport { z };\nt();"),
        ("/z.js", "export const z = 1;"),
    ]);
    let text = |wanted: &str| &made.iter().find(|(path, _)| path == wanted).unwrap().1;
    assert_eq!(made.len(), 4, "{made:?}");
    assert!(text("/main.js").contains("const module$1 = (() => {const { s: s } = module$2;"));
    assert!(text("/main.js").ends_with("\nexport { module$1, module$2 };\n"));
    assert!(
        text("/x.js")
            .starts_with("import { module$1, module$2 } from \"/main.js\";\nconst { t: t } = module$1;")
    );
    assert!(text("/x.js").ends_with("export const x = [s, t];"));
    assert!(text("/y.js").starts_with("import { module$1 } from \"/main.js\";\nconst module$5 = "));
    assert!(text("/y.js").contains("export { z };"));
}

#[test]
fn what_is_not_understood_is_refused() {
    let with =
        |text: &'static str| refusal(&[PAGE, ("/main.js", "import { a } from \"./a.js\";"), ("/a.js", text)]);
    for (text, why) in [
        ("export let a = 1;", "cannot be bundled"),
        ("export default 1;", "cannot be bundled"),
        ("export * from \"./b.js\";", "cannot be bundled"),
        ("export const { a } = {};", "a name of its own"),
        ("import b from \"./b.js\";", "cannot be bundled"),
        ("import { b } from \"elsewhere\";", "no file of the page"),
        ("import { b } from \"./b.js\"", "a semicolon is missing"),
        ("import { a } from \"./main.js\";", "in a circle: /main.js → /a.js → /main.js"),
        ("const module$1 = 1;", "what modules are called"),
    ] {
        assert!(with(text).contains(why) && with(text).contains("/a.js"), "{text}: {}", with(text));
    }
}

#[test]
fn texts_and_blocks_that_look_like_declarations_stay() {
    let text = "const a = \"import b from c;\"; f({ export: 1 }); a.import; { const x = `export ${a}`; } import.meta.url;";
    let made = bundled(&[PAGE, ("/main.js", text)]);
    assert_eq!(made[1].1, text);
}
