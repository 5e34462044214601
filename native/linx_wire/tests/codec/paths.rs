//! Paths to the attributes at offsets.

use crate::schema::{
    ALL, ARRAY, DATA, EXTRA, GROUP, INDEX, KIND, PORT, REPEATED, TCP, body, schema,
};
use crate::tlv;
use linx_wire::codec::path::{self, Step};

#[test]
fn a_path_leads_to_the_attribute_at_an_offset() {
    let tcp = tlv(1, &80_u16.to_ne_bytes());
    let array = [tlv(1, &1_u32.to_ne_bytes()), tlv(2, &2_u32.to_ne_bytes())].concat();
    let parts = [
        body(),                                // 0
        tlv(DATA.1, &tcp),                     // 20: nest, 24: port
        tlv(KIND.1, b"tcp\0"),                 // 32
        tlv(ARRAY.1, &array),                  // 40: nest, 44 and 52: elements
        tlv(REPEATED.1, &1_u16.to_ne_bytes()), // 60
        tlv(REPEATED.1, &2_u16.to_ne_bytes()), // 68
        tlv(EXTRA.1, &7_u32.to_ne_bytes()),    // 76
        tlv(0x3000, b""),                      // 84
    ];
    let bytes = parts.concat();
    let at = |offset| path::path_at(&schema(), &bytes, offset);
    let field = |field| Step::Field(ALL, field);

    assert_eq!(at(5), [field(INDEX)]);
    assert_eq!(at(1), [], "padding has no field");
    assert_eq!(at(20), [field(DATA.0)]);
    assert_eq!(at(24), [field(DATA.0), Step::Field(TCP, PORT)]);
    assert_eq!(at(29), [field(DATA.0), Step::Field(TCP, PORT)]);
    assert_eq!(at(32), [field(KIND.0)]);
    assert_eq!(at(52), [field(ARRAY.0), Step::Element(1)]);
    assert_eq!(at(68), [field(REPEATED.0), Step::Element(1)]);
    assert_eq!(at(76), [field(GROUP.0), Step::Field(GROUP.1, EXTRA.0)]);
    assert_eq!(at(84), [Step::Number(0x3000)]);
    assert_eq!(at(88), []);

    let missing = |nest, id| path::path_of_missing(&schema(), &bytes, nest, id);
    assert_eq!(missing(Some(20), 1), [field(DATA.0), Step::Field(TCP, PORT)]);
    assert_eq!(missing(Some(20), 9), [field(DATA.0), Step::Number(9)]);
    assert_eq!(missing(None, KIND.1), [field(KIND.0)]);
}
