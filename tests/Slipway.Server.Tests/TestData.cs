using System.Runtime.CompilerServices;
using Slipway.Server.Platform.Listening;

namespace Slipway.Server.Tests;

/// <summary>Keeps what servers and programs write during tests away from the user's own data.</summary>
internal static class TestData
{
    private const int Threads = 32;

    [ModuleInitializer]
    internal static void Redirect()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-tests-").FullName;
        Environment.SetEnvironmentVariable("SLIPWAY_DATA", folder);
        // Servers of MySQL share this process with others, and their connector must not come to event threads (docs/decisions/0010).
        // The program itself, as tests start it, runs as it does for users.
        Environment.SetEnvironmentVariable(EventThreads.Switch, "0");
        // Tests that wait without giving up their thread must not keep the servers beside them waiting for one.
        ThreadPool.SetMinThreads(Threads, Threads);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(folder);
    }

    /// <summary>Removes a data folder; a server that was killed may still be letting go of it.</summary>
    public static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // Left to the system's own tidying of temporary folders.
        }
    }
}
