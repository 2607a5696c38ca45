using System.Globalization;
using System.Text;

namespace Slipway.Server.Processes;

/// <summary>
/// The files of one process; wrapper.sh tells which and when. The process may write there too, so nothing in them is believed
/// beyond what it could do to itself: links are not followed, lengths are limited, numbers are checked against /proc.
/// </summary>
internal sealed class ProcessFolder(string path)
{
    private const int LongestLine = 16384;

    private static readonly string WrapperText = ReadWrapper();

    /// <summary>Names a folder that a process belongs to, in the environment of all its tree: how what forked away is found.</summary>
    public const string Variable = "SLIPWAY_PROCESS_FOLDER";

    public string Path => path;

    public string Wrapper => System.IO.Path.Combine(path, "wrapper.sh");

    /// <summary>Whether somebody has taken the only start there is.</summary>
    public bool IsClaimed => Directory.Exists(Claim);

    /// <summary>Whether the claim was taken in order that nothing starts.</summary>
    public bool IsVoid => File.Exists(Void);

    private string Claim => System.IO.Path.Combine(path, "claim");

    private string Void => System.IO.Path.Combine(Claim, "void");

    /// <summary>Makes what the wrapper finds when it starts.</summary>
    public void Prepare(string outputFile)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        SystemCalls.TryCreateFolder(path);
        if (!File.Exists(Wrapper))
        {
            var draft = $"{Wrapper}.{Guid.NewGuid():N}";
            using (var file = new FileStream(draft, OnlyOwner(FileMode.CreateNew)))
            {
                file.Write(Encoding.UTF8.GetBytes(WrapperText));
            }
            File.Move(draft, Wrapper, overwrite: true);
        }
        using var output = new FileStream(outputFile, OnlyOwner(FileMode.OpenOrCreate));
    }

    /// <summary>Takes the claim; false when it is taken.</summary>
    public bool TryClaim()
    {
        Directory.CreateDirectory(path);
        return SystemCalls.TryCreateFolder(Claim);
    }

    public void MakeVoid() => File.WriteAllBytes(Void, []);

    public ProcessIdentity? ReadIdentity() => ReadLine("identity") is { } line ? ProcessIdentity.Parse(line) : null;

    public string? ReadRefusal() => ReadLine("refusal");

    public int? ReadExit() =>
        int.TryParse(ReadLine("exit"), NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code <= 255 ? code : null;

    private static FileStreamOptions OnlyOwner(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        return options;
    }

    private static string ReadWrapper()
    {
        using var stream = typeof(ProcessFolder).Assembly.GetManifestResourceStream("wrapper.sh")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private string? ReadLine(string name)
    {
        Span<byte> buffer = stackalloc byte[LongestLine];
        var length = SystemCalls.Read(System.IO.Path.Combine(path, name), buffer);
        return length < 0 ? null : Encoding.UTF8.GetString(buffer[..length]).Trim();
    }
}
