/// `bool` has no functions; the module exists so that methods may be declared on it.
#[defines_primitive(bool)]
module std::bool;
