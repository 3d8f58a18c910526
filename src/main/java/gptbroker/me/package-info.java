/** What users may see of themselves, and have erased. */
@NullMarked
package gptbroker.me;

import org.jspecify.annotations.NullMarked;
