using System.Buffers;

namespace Slipway.Server.Features.Datasets.Records;

/// <summary>
/// The items of one JSON list, found by counting brackets outside of texts. What is between an item's ends is left to
/// whoever parses it; so an item with a mistake inside is one fault, and those behind it are still found.
/// </summary>
internal static class ListReader
{
    private const string NoComma = "Items of the list need a comma between them.";

    private static readonly SearchValues<byte> Structural = SearchValues.Create("\"[]{}"u8);
    private static readonly SearchValues<byte> EndsPlain = SearchValues.Create(",]} \t\r\n"u8);

    public static IEnumerable<RawRecord> Read(FileWindow window)
    {
        var line = 1L;
        line += SkipBlank(window);
        // The bracket that told what the file is.
        window.Skip(1);
        var (isFirst, comma) = (true, false);
        while (true)
        {
            line += SkipBlank(window);
            if (window.Length == 0)
            {
                yield return new RawRecord(line, default, "The file ends inside the list: its last bracket is missing.");
                yield break;
            }
            var next = window.Span[0];
            if (next == (byte)',' && !comma && !isFirst)
            {
                comma = true;
                window.Skip(1);
                continue;
            }
            if (next == (byte)']')
            {
                window.Skip(1);
                break;
            }
            if (next is (byte)',' or (byte)'}' or (byte)':')
            {
                yield return new RawRecord(line, default, $"'{(char)next}' stands where an item of the list is to begin.");
                yield break;
            }
            if (!comma && !isFirst)
            {
                yield return new RawRecord(line, default, NoComma);
            }
            (isFirst, comma) = (false, false);
            var (length, isWhole, lines) = FindEnd(window);
            yield return isWhole ? new RawRecord(line, window.Slice(0, length)) : new RawRecord(line, default, LineReader.TooLong);
            line += lines + window.Span[..length].Count((byte)'\n');
            window.Skip(length);
        }
        line += SkipBlank(window);
        if (window.Length > 0)
        {
            yield return new RawRecord(line, default, "Something follows the end of the list; accepted is one list.");
        }
    }

    /// <summary>Returns how many line ends were among it.</summary>
    private static long SkipBlank(FileWindow window)
    {
        var lines = 0L;
        do
        {
            var blank = window.Span.IndexOfAnyExcept(" \t\r\n"u8);
            var count = blank < 0 ? window.Length : blank;
            lines += window.Span[..count].Count((byte)'\n');
            window.Skip(count);
        }
        while (window.Length == 0 && window.TryMore());
        return lines;
    }

    /// <summary>
    /// The item's length in view; of one that is too long that of its last part, and the line ends of those before.
    /// </summary>
    private static (int Length, bool IsWhole, long Lines) FindEnd(FileWindow window)
    {
        var scan = new ItemScan();
        var (at, isWhole, lines) = (0, true, 0L);
        while (true)
        {
            at += scan.Go(window.Span[at..]);
            if (scan.IsDone)
            {
                return (at, isWhole, lines);
            }
            if (window.TryMore())
            {
                continue;
            }
            if (window.Length < FileWindow.Largest)
            {
                return (window.Length, isWhole, lines);
            }
            isWhole = false;
            lines += window.Span.Count((byte)'\n');
            window.Skip(window.Length);
            at = 0;
        }
    }

    /// <summary>Where in an item a scan stands.</summary>
    private struct ItemScan
    {
        private long _depth;
        private bool _inText;
        private bool _isEscaped;
        private bool _hasBegun;

        public bool IsDone { get; private set; }

        /// <summary>Goes on over the next bytes; returns how many belong to the item.</summary>
        public int Go(ReadOnlySpan<byte> bytes)
        {
            var at = 0;
            while (at < bytes.Length && !IsDone)
            {
                at += _inText ? Text(bytes[at..]) : Value(bytes[at..]);
            }
            return at;
        }

        private int Text(ReadOnlySpan<byte> bytes)
        {
            if (_isEscaped)
            {
                _isEscaped = false;
                return 1;
            }
            var end = bytes.IndexOfAny((byte)'"', (byte)'\\');
            if (end < 0)
            {
                return bytes.Length;
            }
            _isEscaped = bytes[end] == (byte)'\\';
            _inText = _isEscaped;
            IsDone = !_inText && _depth == 0;
            return end + 1;
        }

        private int Value(ReadOnlySpan<byte> bytes)
        {
            if (_hasBegun && _depth == 0)
            {
                // A number or a word: it ends where something else begins.
                var end = bytes.IndexOfAny(EndsPlain);
                IsDone = end >= 0;
                return end < 0 ? bytes.Length : end;
            }
            var at = _hasBegun ? bytes.IndexOfAny(Structural) : 0;
            if (at < 0)
            {
                return bytes.Length;
            }
            _hasBegun = true;
            switch (bytes[at])
            {
                case (byte)'"':
                    _inText = true;
                    break;
                case (byte)'[' or (byte)'{':
                    _depth++;
                    break;
                case (byte)']' or (byte)'}':
                    IsDone = --_depth <= 0;
                    break;
            }
            return at + 1;
        }
    }
}
