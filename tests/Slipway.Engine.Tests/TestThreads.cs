using System.Runtime.CompilerServices;

namespace Slipway.Engine.Tests;

/// <summary>Tests that wait without giving up their thread must not keep others waiting for one: on few cores the pool begins with few.</summary>
internal static class TestThreads
{
    private const int Threads = 32;

    [ModuleInitializer]
    internal static void Make() => ThreadPool.SetMinThreads(Threads, Threads);
}
