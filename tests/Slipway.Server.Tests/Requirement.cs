using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests;

/// <summary>What a test needs of the machine. Where it is missing the test skips, or fails where nothing may be missing.</summary>
internal static class Requirement
{
    public static void Check(bool isMet, string otherwise) => Assert.SkipUnless(IsMet(isMet, otherwise), otherwise);

    /// <summary>For a test that runs a program of this machine.</summary>
    public static void CheckProgram(string name) => Check(HostProgram.Find(name) is not null, $"{name} is not installed on this machine.");

    /// <summary>For a test that can do without: it fails where nothing may be missing.</summary>
    public static bool IsMet(bool isMet, string otherwise)
    {
        if (!isMet && Environment.GetEnvironmentVariable("SLIPWAY_REQUIRE_SERVICES") == "1")
        {
            Assert.Fail(otherwise);
        }
        return isMet;
    }
}
