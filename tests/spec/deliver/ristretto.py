"""ristretto255 as RFC 9496 writes it, in integers: slow and obvious, without libsodium."""

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
INVSQRT_A_MINUS_D = 54469307008909316920995813868745141605393597292927456921205312896311721017578
ZERO = (0, 1, 1, 0)


def positive(x):
    return P - x if x % 2 else x


def sqrt_ratio(u, v):
    """(whether u/v is a square, its root; else the root of SQRT_M1 times it)."""
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    if check in {-u % P, -u * SQRT_M1 % P}:
        r = r * SQRT_M1 % P
    return check in {u % P, -u % P}, positive(r)


def mapped(t):
    """MAP of section 4.3.4: a field element to a point."""
    r = SQRT_M1 * t * t % P
    u, v = (r + 1) * (1 - D * D) % P, (-1 - r * D) * (r + D) % P
    was_square, s = sqrt_ratio(u, v)
    if not was_square:
        s = -positive(s * t % P) % P
    c = -1 if was_square else r
    n = (c * (r - 1) * (D - 1) ** 2 - v) % P
    w0, w1, w2, w3 = 2 * s * v, n * SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


def add(one, other):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, other
    a, b = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    c, d = 2 * t1 * D * t2, 2 * z1 * z2
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    found = ZERO
    for bit in f"{scalar:b}":
        found = add(found, found)
        found = add(found, point) if bit == "1" else found
    return found


def encoded(point):
    x, y, z, t = point
    u1, u2 = (z + y) * (z - y) % P, x * y % P
    _, root = sqrt_ratio(1, u1 * u2 * u2 % P)
    den1, den2 = root * u1 % P, root * u2 % P
    z_inv = den1 * den2 * t % P
    den = den2
    if t * z_inv % P % 2:
        x, y, den = y * SQRT_M1 % P, x * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    if x * z_inv % P % 2:
        y = -y % P
    return positive(den * (z - y) % P).to_bytes(32, "little")


def hashed(message):
    """The point of a message: SHA-512, each half mapped, the sum."""
    digest = hashlib.sha512(message).digest()
    halves = (int.from_bytes(digest[i : i + 32], "little") % 2**255 for i in (0, 32))
    return add(*(mapped(half % P) for half in halves))


def sealed(scalar, message):
    """What a message becomes under a scalar (32 bytes)."""
    return encoded(times(int.from_bytes(scalar, "little") % ORDER, hashed(message)))
