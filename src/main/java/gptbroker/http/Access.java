package gptbroker.http;

/** Who may reach a route. Closed by default: a test walks the whole table. */
public enum Access {
    /** Anyone. Only for routes that a named constant lists. */
    OPEN,
    /** A known caller: the handler authenticates as its first step. */
    CALLER,
    /** The operator: free on the internal listener; on the public one 404 unless the admin key is shown. */
    OPERATOR,
    /** The operator with the admin key, on either listener; without it 404 on the public one, 401 on the internal. */
    ADMIN
}
