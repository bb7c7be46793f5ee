package engine

import (
	"encoding/binary"
	"hash/crc32"
)

// Reseal gives a packed memory the checksum of its content.
func Reseal(packed []byte) []byte {
	body := packed[:len(packed)-crc32.Size]
	return binary.LittleEndian.AppendUint32(append([]byte{}, body...), crc32.Checksum(body, castagnoli))
}
