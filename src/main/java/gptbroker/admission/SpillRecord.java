package gptbroker.admission;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.UUID;

/** What one frame of the spill holds. */
record SpillRecord(Kind kind, Settlement settlement) {
    private static final byte VERSION = 2;
    /** Without tokens and money. */
    private static final byte FIRST_VERSION = 1;

    enum Kind {
        /** A call ended and must be charged or refunded. */
        SETTLE,
        /** A call was admitted without Redis; if no settlement follows, its broker has died. */
        OPEN,
        /** A call was refused although its reservation may have been made. */
        CANCEL
    }

    byte[] encode() {
        var bytes = new ByteArrayOutputStream(128 + settlement.openRecord().length + settlement.closeRecord().length);
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeByte(kind.ordinal());
            out.writeLong(settlement.id().getMostSignificantBits());
            out.writeLong(settlement.id().getLeastSignificantBits());
            out.writeUTF(settlement.callerId());
            out.writeUTF(settlement.day());
            write(out, settlement.charge());
            write(out, settlement.openRecord());
            write(out, settlement.closeRecord());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** These are not the bytes of a record as this version writes it. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;
    }

    static SpillRecord decode(byte[] bytes) throws Unreadable {
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            byte version = in.readByte();
            int kind = in.readByte();
            if (version != VERSION && version != FIRST_VERSION || kind < 0 || kind >= Kind.values().length) {
                throw new Unreadable();
            }
            var id = new UUID(in.readLong(), in.readLong());
            return new SpillRecord(
                    Kind.values()[kind],
                    new Settlement(id, in.readUTF(), in.readUTF(), charge(in, version), read(in), read(in)));
        } catch (IOException e) {
            throw new Unreadable();
        }
    }

    private static void write(DataOutputStream out, Charge charge) throws IOException {
        out.writeInt(charge.units());
        out.writeBoolean(charge.spend().isPresent());
        if (charge.spend().isPresent()) {
            out.writeLong(charge.spend().get().tokens());
            out.writeLong(charge.spend().get().nanoUsd());
        }
    }

    private static Charge charge(DataInputStream in, byte version) throws IOException {
        int units = in.readInt();
        boolean spends = version != FIRST_VERSION && in.readBoolean();
        return spends ? new Charge(units, Optional.of(new Spend(in.readLong(), in.readLong()))) : Charge.units(units);
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] read(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("spill record is damaged");
        }
        return in.readNBytes(length);
    }
}
