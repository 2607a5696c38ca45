using System.Globalization;

namespace Slipway.Terminal;

/// <summary>Tells each tenth of a transfer in a line: for logs, where a bar has no place.</summary>
internal sealed class TenthLines(string title, long bytes, TextWriter output) : IProgress<long>
{
    private readonly Lock _gate = new();
    private int _told = -1;

    public void Report(long value)
    {
        lock (_gate)
        {
            var tenth = bytes > 0 ? (int)(value * 10d / bytes) : 10;
            if (tenth > _told)
            {
                _told = tenth;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title}: {tenth * 10} %"));
            }
        }
    }
}
