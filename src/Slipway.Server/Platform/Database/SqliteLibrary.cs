using System.Runtime.InteropServices;
using SQLitePCL;

namespace Slipway.Server.Platform.Database;

/// <summary>Which SQLite is used: the system's where there is one, which gets its security fixes; else the one that comes along.</summary>
internal static class SqliteLibrary
{
    private static readonly Lazy<bool> Loaded = new(Load);

    public static void Prepare() => _ = Loaded.Value;

    private static bool Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, static (name, _, _) =>
            name == "e_sqlite3" && OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libsqlite3.so.0", out var library)
                ? library
                : IntPtr.Zero);
        Batteries_V2.Init();
        return true;
    }
}
