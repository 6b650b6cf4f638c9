package polyv

// Sign is the signature of a query, for the document's example.
var Sign = sign
