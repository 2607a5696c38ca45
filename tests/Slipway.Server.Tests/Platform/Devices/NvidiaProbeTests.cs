using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Slipway.Server.Platform.Devices;

namespace Slipway.Server.Tests.Platform.Devices;

public sealed class NvidiaProbeTests
{
    // Three GPUs; the middle one has fallen off the bus. Handles are checked, buffers filled up to their stated length.
    private const string ThreeGpus = """
        #include <stdio.h>
        typedef struct { int index; } *device_t;
        typedef struct { unsigned long long total, free, used; } memory_t;
        static int up = 0, gpus[3] = { 0, 1, 2 };
        int nvmlInit_v2(void) { up++; return 0; }
        int nvmlShutdown(void) { up--; return 0; }
        const char *nvmlErrorString(int result) { return result == 15 ? "GPU is lost" : "Unknown Error"; }
        int nvmlDeviceGetCount_v2(unsigned int *count) { if (up != 1) return 1; *count = 3; return 0; }
        int nvmlDeviceGetHandleByIndex_v2(unsigned int index, device_t *device) {
            if (index == 1) return 15;
            *device = (device_t)&gpus[index]; return 0; }
        int nvmlDeviceGetName(device_t device, char *name, unsigned int length) {
            return snprintf(name, length, "Stub H%d", device->index) >= (int)length; }
        int nvmlDeviceGetUUID(device_t device, char *uuid, unsigned int length) {
            return snprintf(uuid, length, "GPU-%d", device->index) >= (int)length; }
        int nvmlDeviceGetMemoryInfo(device_t device, memory_t *memory) {
            memory->total = 80ull << 30; memory->free = (5ull << 30) + device->index; memory->used = 7; return 0; }
        """;

    [Fact]
    public void Gpus_are_read_through_the_native_calls_and_a_silent_one_is_passed_over()
    {
        Requirement.Check(StubNvml.CanCompile, "No gcc on this machine to build the stand-in library with.");
        using var stub = new StubNvml(ThreeGpus);
        using var log = new LogCapture();

        var sighting = Probe(stub.Path, log).Look();

        Assert.Null(sighting.NvmlFault);
        Assert.Equal(
            [new Gpu(0, "Stub H0", "GPU-0", 80L << 30, 5L << 30), new Gpu(2, "Stub H2", "GPU-2", 80L << 30, (5L << 30) + 2)],
            sighting.Gpus);
        Assert.Contains("GPU is lost", Assert.Single(log.Lines).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Looking_twice_works_since_the_library_is_shut_down_in_between()
    {
        Requirement.Check(StubNvml.CanCompile, "No gcc on this machine to build the stand-in library with.");
        using var stub = new StubNvml(ThreeGpus);
        using var log = new LogCapture();
        var probe = Probe(stub.Path, log);

        var first = probe.Look();
        var second = probe.Look();

        Assert.Equal(first.Gpus, second.Gpus);
    }

    [Fact]
    public void A_driver_that_does_not_answer_is_a_fault_with_its_words()
    {
        Requirement.Check(StubNvml.CanCompile, "No gcc on this machine to build the stand-in library with.");
        using var stub = new StubNvml(ThreeGpus.Replace("up++; return 0;", "return 9;", StringComparison.Ordinal)
            .Replace("Unknown Error", "Driver Not Loaded", StringComparison.Ordinal));
        using var log = new LogCapture();

        var sighting = Probe(stub.Path, log).Look();

        Assert.Empty(sighting.Gpus);
        Assert.Contains("nvmlInit_v2 answered 9 (Driver Not Loaded)", sighting.NvmlFault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_is_not_nvml_is_a_fault()
    {
        Requirement.Check(StubNvml.CanCompile, "No gcc on this machine to build the stand-in library with.");
        using var stub = new StubNvml("int nvmlInit_v2(void) { return 0; }");
        using var log = new LogCapture();

        var sighting = Probe(stub.Path, log).Look();

        Assert.Contains("lacks a function", sighting.NvmlFault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_is_not_there_is_a_fault()
    {
        using var log = new LogCapture();

        var sighting = Probe("libno-such-nvml.so.1", log).Look();

        Assert.Contains("cannot be loaded", sighting.NvmlFault, StringComparison.Ordinal);
    }

    private static NvidiaProbe Probe(string library, LogCapture log)
    {
        using var factory = new LoggerFactory([log]);
        return new NvidiaProbe(Options.Create(new DeviceOptions { NvmlLibrary = library }), factory.CreateLogger<NvidiaProbe>());
    }
}
