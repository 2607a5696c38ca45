namespace Slipway.Server.Platform.Database;

/// <summary>Where the server keeps what must outlive it. Only its owner may look inside.</summary>
internal sealed class DataFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private DataFolder(string path) => Path = path;

    public string Path { get; }

    /// <summary><c>SLIPWAY_DATA</c>, <c>Data:Folder</c>, or where the user's programs keep their data. Made if it is not there.</summary>
    /// <exception cref="ServerStartException">It cannot be made or written.</exception>
    public static DataFolder Of(IConfiguration configuration)
    {
        var path = Chosen(configuration);
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            }
            return new DataFolder(System.IO.Path.GetFullPath(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ServerStartException(
                $"The data folder '{path}' cannot be made: {exception.Message} Name another one with SLIPWAY_DATA or Data:Folder.", exception);
        }
    }

    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Makes an empty file that nobody else may read, unless there is one.</summary>
    public static void MakeFile(string path)
    {
        if (!File.Exists(path))
        {
            using var file = new FileStream(path, Private(FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite));
        }
    }

    public static FileStreamOptions Private(FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = OwnerOnly;
        }
        return options;
    }

    private static string Chosen(IConfiguration configuration)
    {
        if ((Given(configuration, "SLIPWAY_DATA") ?? Given(configuration, "Data:Folder")) is { } given)
        {
            return given;
        }
        // The XDG rules: a relative path there is to be ignored.
        if (Given(configuration, "XDG_DATA_HOME") is { } shared && System.IO.Path.IsPathRooted(shared))
        {
            return System.IO.Path.Combine(shared, "slipway");
        }
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return home.Length > 0
            ? System.IO.Path.Combine(home, ".local", "share", "slipway")
            : throw new ServerStartException("There is no home folder to keep data in. Name a folder with SLIPWAY_DATA or Data:Folder.");
    }

    private static string? Given(IConfiguration configuration, string name) =>
        configuration[name] is { Length: > 0 } value ? value : null;
}
