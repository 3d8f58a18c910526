/** May they: one Redis script admits and reserves, one settles. */
@NullMarked
package gptbroker.admission;

import org.jspecify.annotations.NullMarked;
