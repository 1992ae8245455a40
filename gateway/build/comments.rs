//! Comments are for who reads the source: they are not sent. The ends of their lines stay: they may be what ends a statement.

use super::references;
use super::source::Source;

/// The file without its comments.
pub(crate) fn removed(file: &Source) -> Source {
    let text = file.text();
    let mut rest = String::with_capacity(text.len());
    let mut copied = 0;
    for comment in references::read(file.language, text).comments {
        rest.push_str(&text[copied..comment.start]);
        let lines = text[comment.clone()].matches('\n').count();
        copied = comment.end;
        if lines > 0 || matches!(text.as_bytes().get(copied), None | Some(b'\n')) {
            rest.truncate(rest.trim_end_matches([' ', '\t']).len());
            rest.extend(std::iter::repeat_n('\n', lines));
        } else {
            // It kept words apart.
            rest.push(' ');
        }
    }
    if copied == 0 {
        return file.clone();
    }
    rest.push_str(&text[copied..]);
    Source { content: rest.into_bytes(), ..file.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::source::Language;
    use super::*;

    fn rest(language: Language, text: &str) -> String {
        let content = text.as_bytes().to_vec();
        let file = Source { language, content_type: "", is_hashed: true, content };
        removed(&file).text().to_owned()
    }

    #[test]
    fn code_stays_on_its_lines() {
        let script =
            "// a\nlet a = 1; // b\n/**\n * c\n */\nlet/* d */b = \"// e\"; /* f\n*/ c(`/* ${g /* h */} */`)";
        let expected = "\nlet a = 1;\n\n\n\nlet b = \"// e\";\n c(`/* ${g  } */`)";
        assert_eq!(rest(Language::Script, script), expected);
        assert_eq!(rest(Language::Style, "/* a\n */\na { b: \"/* c */\" }"), "\n\na { b: \"/* c */\" }");
        assert_eq!(rest(Language::Markup, "<!-- a -->"), "<!-- a -->");
    }
}
