//! Reader of the text form.
